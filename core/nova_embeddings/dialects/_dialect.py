"""How does a server spell a request and its answer? Data, for those that differ only in names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nova_embeddings._calls import Call
    from nova_embeddings._decoding import Expected, Place
    from nova_embeddings._images import Image

    WireImage = Callable[[Image], bytes]

Option = Literal["adapter", "instructions", "late_chunking", "truncate", "return_multivector", "images", "dimensions"]
OPTIONS: tuple[Option, ...] = (
    "adapter",
    "dimensions",
    "images",
    "instructions",
    "late_chunking",
    "return_multivector",
    "truncate",
)


@dataclass(frozen=True, slots=True)
class Spelling:
    """One call as it goes out, and what is to come back.

    Args:
        path: below the deployment's address.
        body: JSON.
        expected: what the answer must hold.
        narrow: the width to which the vectors are cut here, and normalised again; None where the server does that.
    """

    path: str
    body: bytes
    expected: Expected
    narrow: int | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of server.

    Args:
        name: how it is chosen: `dialect=`, or as the prefix of a model.
        source: where its facts are from.
        takes: the options that it has, of `OPTIONS`; those of the model apart.
        prefixes: further prefixes of models that mean it.
        api_base: where it is found by default; "" where that must be said.
        keys: environment variables that may hold its key.
        path: of its endpoint, below the address; with "/" before it, below the address without its `/v1`.
        inputs: the body's name for the inputs.
        objects: inputs are objects with `text` or `image`, not strings.
        answers: where the vectors lie in an answer.
        asks_base64: how dense vectors are asked for as base64; None where they come as floats.
        dimensions: the body's name for the width; "" where narrower vectors are cut here.
        whole: what is said so that an input that is too long is refused, not cut; None where it cannot be said.
        cut: what is said so that it is cut; None where it cannot be said.
        late_chunking: what is said so that the inputs of a call are read as one document.
        batch_size: inputs of one call, at most.
        images_alone: an image goes out in a call of its own.
        own_body: spells calls that differ in more than names; None for the others.
    """

    name: str
    source: str
    takes: frozenset[Option] = frozenset()
    prefixes: tuple[str, ...] = ()
    api_base: str = ""
    keys: tuple[str, ...] = ()
    path: str = "embeddings"
    inputs: str = "input"
    objects: bool = False
    answers: Place = "data"
    asks_base64: Mapping[str, Any] | None = field(default=None, hash=False)
    dimensions: str = "dimensions"
    whole: Mapping[str, Any] | None = field(default=None, hash=False)
    cut: Mapping[str, Any] | None = field(default=None, hash=False)
    late_chunking: Mapping[str, Any] | None = field(default=None, hash=False)
    batch_size: int | None = None
    images_alone: bool = False
    own_body: Callable[[Call, Dialect, WireImage], Spelling] | None = None
