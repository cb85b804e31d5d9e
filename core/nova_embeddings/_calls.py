"""What one call carries to a deployment, and what it brings back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nova_embeddings._errors import InputError
    from nova_embeddings._http import Transport
    from nova_embeddings._inputs import EmbeddingInput
    from nova_embeddings._options import Deployment, Request
    from nova_embeddings._pictures import Pictures
    from nova_embeddings._results import FloatArray, Usage
    from nova_embeddings._space import EmbeddingSpace
    from nova_embeddings.cache._recalling import Recalled


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Call:
    """One HTTP request, or one run of an engine; opaque to everything between the core and the provider.

    It travels through LiteLLM as the only item of `input`: callbacks and logs see its repr, never a text or a key.

    Args:
        inputs: the batch; every input has its task.
        indices: where each input stands in the request.
        task: the task that all inputs share, else their family: what a router reads.
        request: what was asked of all inputs.
        deployment: where to.
        transport: the connections to use; None for an engine in process.
        text_bytes: size of all texts together, UTF-8, at most.
        pictures: how the images of the batch go out.
        max_response_bytes: the answer, unpacked, at most; None sizes it by what is asked.
    """

    inputs: Sequence[EmbeddingInput]
    indices: Sequence[int]
    task: str
    request: Request
    deployment: Deployment
    transport: Transport | None
    text_bytes: int
    pictures: Pictures
    max_response_bytes: int | None = None

    @property
    def visual(self) -> bool:
        """Tell whether there is something to look at; a batch is all text or all visual."""
        return bool(self.inputs) and self.inputs[0].visual

    def part(self, places: Sequence[int]) -> Call:
        """Return a call with the inputs at these places of this one."""
        inputs = [self.inputs[place] for place in places]
        indices = [self.indices[place] for place in places]
        return replace(self, inputs=inputs, indices=indices, text_bytes=size_of_texts(inputs))

    def __len__(self) -> int:
        """Return the number of inputs."""
        return len(self.inputs)

    def __repr__(self) -> str:
        """Show counts only: logs and callbacks print this."""
        return f"<nova call: {len(self.inputs)} inputs, task={self.task}>"

    def __copy__(self) -> Call:
        """Stay one: a logger's copy must not double the texts, nor take the key along."""
        return self

    def __deepcopy__(self, memo: object) -> Call:
        """Stay one: a logger's copy must not double the texts, nor take the key along."""
        return self

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        """Pickle as the repr: whoever pickles log records gets no text."""
        return (str, (repr(self),))


@dataclass(frozen=True, slots=True)
class Reply:
    """What one call brought back, checked and in the order of its inputs.

    Args:
        rows: float32 `(n, D)`, or n arrays of float32 `(T_i, 128)`.
        usage: tokens as the server counted them.
        model: the model's name as the server gave it; empty where it gave none.
        engine: the engine that stands in for the model, where the server says so.
    """

    rows: FloatArray | Sequence[FloatArray]
    usage: Usage
    model: str
    engine: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """A request cut into calls.

    Args:
        calls: in the order in which they are started.
        request: what was asked.
        indices: where the inputs that are to be embedded stand in the request.
        spaces: the space of each of their vectors, its width still as expected.
        refused: the inputs that are left out, by their index, and why.
        recalled: what of the request a cache knew, and keeps; None without one.
    """

    calls: Sequence[Call]
    request: Request
    indices: Sequence[int]
    spaces: tuple[EmbeddingSpace, ...]
    refused: dict[int, InputError]
    recalled: Recalled | None = None

    @property
    def to_embed(self) -> int:
        """Return the number of inputs whose vectors are still to come."""
        return len(self.indices) - (0 if self.recalled is None else len(self.recalled.found))

    def __len__(self) -> int:
        """Return the number of inputs of the request."""
        return len(self.indices) + len(self.refused)


def size_of_texts(inputs: Sequence[EmbeddingInput]) -> int:
    """Return the size of all texts together in bytes of UTF-8, at most."""
    return sum(4 * len(value.text or "") for value in inputs)
