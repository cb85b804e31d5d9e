"""What does a client ask for where a request does not say?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nova_embeddings._options import Request, check_dimensions, check_instructions

if TYPE_CHECKING:
    from nova_embeddings._pictures import Pictures
    from nova_embeddings._tasks import Task


@dataclass(frozen=True, slots=True)
class Asking:
    """A client's own options, which every request inherits.

    Args:
        dimensions: the dense width; None for the model's.
        instructions: for every request that gives none.
        any_dimensions: accept widths that Nova is not trained for.
        pictures: how images go out.
    """

    dimensions: int | None
    instructions: str | None
    any_dimensions: bool
    pictures: Pictures

    def __post_init__(self) -> None:
        """Refuse what no request could use."""
        check_dimensions(self.dimensions, any_dimensions=self.any_dimensions)
        check_instructions(self.instructions)

    def request(
        self,
        task: Task,
        instructions: str | None = None,
        dimensions: int | None = None,
        adapter: str | None = None,
        return_multivector: bool = False,  # noqa: FBT001, FBT002 (in the order of `embed`)
    ) -> Request:
        """Return what is asked, with what is inherited; multi-vectors inherit no width."""
        inherited = None if return_multivector else self.dimensions
        return Request(
            task=task,
            instructions=self.instructions if instructions is None else instructions,
            dimensions=inherited if dimensions is None else dimensions,
            adapter=adapter,
            return_multivector=return_multivector,
            any_dimensions=self.any_dimensions,
        )
