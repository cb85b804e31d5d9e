"""What does each option mean, and which values may it have?"""

from __future__ import annotations

from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import TYPE_CHECKING, Literal, TypedDict, get_args

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._inputs import utf8_length
from nova_embeddings._models import NOVA, Answering, Model
from nova_embeddings._secrets import Secret, brief
from nova_embeddings._space import MULTIVECTOR_WIDTH
from nova_embeddings._tasks import Task, parse_any_task

if TYPE_CHECKING:
    from collections.abc import Collection

NOVA_DIMENSIONS = tuple(NOVA.widths)
"""Widths that the Nova model is trained for (Matryoshka). Source: the Nova model card."""
DEFAULT_DIMENSIONS = NOVA.width
OnError = Literal["raise", "skip"]
OnUnsupported = Literal["raise", "warn", "ignore"]
HOSTED = "hosted_lexiq_nova"
EMBEDDED = "lexiq_nova"
SENTENCE_TRANSFORMERS = "sentence_transformers"
OWN_PROVIDERS = (HOSTED, EMBEDDED, SENTENCE_TRANSFORMERS)
_MAX_WIDTH = 65536
_LONGEST = 86_400 * 7


@dataclass(frozen=True, slots=True)
class Deployment:
    """One model behind one address.

    Args:
        provider: `hosted_lexiq_nova` (HTTP), `lexiq_nova` or `sentence_transformers` (in process), or one of LiteLLM's.
        model: the model's name without the provider: what the wire carries, or the engine's name.
        api_base: the address up to and including `/v1`; empty for an engine in process.
        api_key: the key, sent as a Bearer token.
        headers: further headers of every call; values are secrets.
        routed: `model` is a group of a LiteLLM Router, which picks the deployment, and so its address and key.
        weights: the model whose vectors come back, where it has another name than `model`.
        dialect: how the server spells requests.
        speaks: what the model can be asked for.
        answering: behind a Router, the model of each family that has one.
    """

    provider: str
    model: str
    api_base: str
    api_key: Secret = field(default_factory=lambda: Secret(None))
    headers: tuple[tuple[str, Secret], ...] = ()
    routed: bool = False
    weights: str = ""
    dialect: str = "nova"
    speaks: Model = NOVA
    answering: tuple[Answering, ...] = ()

    @property
    def litellm_model(self) -> str:
        """Return the name that LiteLLM knows: provider and model, or a Router's group."""
        return self.model if self.routed else f"{self.provider}/{self.model}"

    @property
    def name(self) -> str:
        """Return the model as a client takes it: with its provider's or dialect's prefix, or a Router's group."""
        own = self.routed or self.dialect in {"nova", ""}
        return self.litellm_model if own else f"{self.dialect}/{self.model}"

    @property
    def shown(self) -> str:
        """Return name and address as a repr shows them."""
        return f"{self.name!r}, api_base={self.api_base!r}" if self.api_base else repr(self.name)

    @property
    def in_process(self) -> bool:
        """Tell whether an engine in this process computes the vectors."""
        return self.provider in {EMBEDDED, SENTENCE_TRANSFORMERS}

    @property
    def of_litellm(self) -> bool:
        """Tell whether LiteLLM itself spells the requests."""
        return not self.routed and self.provider not in OWN_PROVIDERS


@dataclass(frozen=True, slots=True)
class Limits:
    """How much goes into one call, and how many calls at a time.

    Args:
        batch_size: inputs of one call, at most.
        max_batch_bytes: bytes of text and images of one call, at most; a larger single input goes alone.
        max_concurrency: calls in flight, at most.
        timeout: seconds for one batch, its retries included; never for a whole corpus.
        max_retries: further calls for a batch that failed in a way that may pass.
        max_response_bytes: one answer, unpacked, at most; None sizes it by what was asked.
    """

    batch_size: int = 128
    max_batch_bytes: int = 4 * 2**20
    max_concurrency: int = 8
    timeout: float = 60.0
    max_retries: int = 5
    max_response_bytes: int | None = None

    def __post_init__(self) -> None:
        """Refuse what would loop for ever or send nothing."""
        for name in ("batch_size", "max_batch_bytes", "max_concurrency"):
            _require_int(name, getattr(self, name), least=1)
        _require_int("max_retries", self.max_retries, least=0)
        if self.max_response_bytes is not None:
            _require_int("max_response_bytes", self.max_response_bytes, least=1)
        _require_seconds("timeout", self.timeout)


class SpaceOptions(TypedDict, total=False):
    """The options of a request that change the space; `Request` says what each means."""

    dimensions: int | None
    adapter: str | None
    return_multivector: bool


class RequestOptions(SpaceOptions, total=False):
    """The options of a request that have defaults."""

    instructions: str | None
    truncate: bool | None
    late_chunking: bool


class EmbedOptions(RequestOptions, total=False):
    """The options of `NovaClient.embed`, whose docstring says what each means."""

    on_error: OnError


@dataclass(frozen=True, slots=True)
class Request:
    """What one `embed` asks of all its inputs; an input's own options win.

    Args:
        task: what the vectors are for.
        instructions: put before every input as the system turn; None for none.
        dimensions: the dense width; None for the model's own.
        adapter: a LoRA adapter; None for the task family's own.
        return_multivector: one vector a token, `(T, 128)`, instead of one an input.
        any_dimensions: accept widths that the model is not trained for.
        truncate: cut inputs that are too long (True), refuse them (False), or as the server does (None).
        late_chunking: inputs are the pieces of a document, each read with its neighbours.
        model: what can be asked for.
        native_width: the width of the model's vectors, where only the model itself says it.
    """

    task: Task
    instructions: str | None = None
    dimensions: int | None = None
    adapter: str | None = None
    return_multivector: bool = False
    any_dimensions: bool = False
    truncate: bool | None = None
    late_chunking: bool = False
    model: Model = NOVA
    native_width: int | None = None

    def __post_init__(self) -> None:
        """Refuse what the server would refuse, before anything is sent."""
        object.__setattr__(self, "task", parse_any_task(self.task))
        object.__setattr__(self, "instructions", check_instructions(self.instructions))
        check_name("adapter", self.adapter)
        check_dimensions(self.dimensions, self.model, any_dimensions=self.any_dimensions)
        require_bool("return_multivector", self.return_multivector)
        require_bool("late_chunking", self.late_chunking)
        if self.truncate is not None:
            require_bool("truncate", self.truncate)
        if self.dimensions is not None:
            object.__setattr__(self, "dimensions", int(self.dimensions))  # numpy's whole numbers are no JSON
        if self.return_multivector and self.dimensions is not None:
            message = (
                f"dimensions={self.dimensions} cannot be combined with return_multivector: "
                f"multi-vectors are {MULTIVECTOR_WIDTH} wide; leave dimensions out"
            )
            raise ConfigurationError(message)

    @property
    def width(self) -> int | None:
        """Return the width that every vector must have; None where nothing was asked."""
        return MULTIVECTOR_WIDTH if self.return_multivector else self.dimensions

    @property
    def expected_width(self) -> int:
        """Return the width that was asked for, else the model's own; 0 where nobody knows before an answer."""
        return self.width or self.native_width or self.model.width


def check_on_error(on_error: object) -> str:
    """Return what is done with a bad input.

    Raises:
        ConfigurationError: it is neither of the two things that can be.
    """
    if on_error not in get_args(OnError):
        message = f"on_error={brief(on_error)} is neither 'raise' nor 'skip'"
        raise ConfigurationError(message)
    return str(on_error)


def check_on_unsupported(on_unsupported: object) -> OnUnsupported:
    """Return what is done with an option that a provider does not have.

    Raises:
        ConfigurationError: it is none of the three things that can be.
    """
    for known in get_args(OnUnsupported):
        if on_unsupported == known:
            return known  # type: ignore[no-any-return]
    raise ConfigurationError(f"on_unsupported={brief(on_unsupported)} is none of {', '.join(get_args(OnUnsupported))}")


def check_dimensions(dimensions: object, model: Model = NOVA, *, any_dimensions: object = False) -> None:
    """Refuse a width that the model does not have; None is the model's default.

    Raises:
        ConfigurationError: naming the widths that may be asked for.
    """
    require_bool("any_dimensions", any_dimensions)
    if dimensions is None:
        return
    known = range(1, _MAX_WIDTH + 1) if any_dimensions else model.widths or (model.width,)
    if isinstance(dimensions, bool) or not isinstance(dimensions, Integral) or dimensions not in known:
        hint = "" if any_dimensions else " (another model: any_dimensions=True)"
        message = f"dimensions={brief(dimensions)} is not a width of {_whose(model)}; choose {_listed(known)}{hint}"
        raise ConfigurationError(message)


def _whose(model: Model) -> str:
    return "the model" if model is NOVA else model.name


def _listed(known: Collection[int]) -> str:
    if isinstance(known, range):
        return f"one of {known.start} to {known.stop - 1}"
    return f"one of {', '.join(map(str, known))}" if any(known) else "none: the model's width is not known"


def check_instructions(instructions: object, index: int | None = None) -> str | None:
    """Return the instructions; "" stays, it switches off what would be inherited.

    Raises:
        ConfigurationError: they are no str, or only white space.
        InputError: the same, for one input's instructions.
    """
    if instructions is None or (isinstance(instructions, str) and not instructions):
        return instructions
    try:
        utf8_length(instructions, index, "instructions")
    except Exception as error:
        if index is not None:
            raise
        raise ConfigurationError(str(error)) from None
    return str(instructions)


def check_name(option: str, name: object) -> None:
    """Refuse a name that is no str or is blank; None is fine.

    Raises:
        ConfigurationError: naming the option.
    """
    if name is not None and (not isinstance(name, str) or not name.strip() or not name.isprintable()):
        message = f"{option}={brief(name)} is not a name; give a printable, non-empty str or leave it out"
        raise ConfigurationError(message)


def require_bool(name: str, value: object) -> None:
    """Refuse what only looks like a switch: "no" would be one that is on.

    Raises:
        ConfigurationError: naming the option.
    """
    if not isinstance(value, bool):
        message = f"{name}={brief(value)} is neither True nor False"
        raise ConfigurationError(message)


def _require_int(name: str, value: object, *, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < least:
        message = f"{name}={brief(value)} is not a whole number of at least {least}"
        raise ConfigurationError(message)


def _require_seconds(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) <= _LONGEST:
        message = f"{name}={brief(value)} is not a positive number of seconds, up to {_LONGEST}"
        raise ConfigurationError(message)
