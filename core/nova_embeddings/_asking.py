"""What does a client ask for where a request does not say?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nova_embeddings._options import EmbedOptions, Request, check_dimensions, check_instructions
from nova_embeddings._unknown import refuse_unknown

if TYPE_CHECKING:
    from typing import Unpack

    from nova_embeddings._options import RequestOptions
    from nova_embeddings._pictures import Pictures
    from nova_embeddings._tasks import Task
    from nova_embeddings.dialects._fitting import Fitting

PASSAGE: Task = "retrieval.passage"


@dataclass(frozen=True, slots=True)
class Asking:
    """A client's own options, which every request inherits.

    Args:
        dimensions: the dense width; None for the model's.
        instructions: for every request that gives none.
        any_dimensions: accept widths that the model is not trained for.
        pictures: how images go out.
        fitting: what the deployment can be asked for.
    """

    dimensions: int | None
    instructions: str | None
    any_dimensions: bool
    pictures: Pictures
    fitting: Fitting

    def __post_init__(self) -> None:
        """Refuse what no request could use."""
        check_instructions(self.instructions)
        if self.fitting.on_unsupported == "raise":
            check_dimensions(self.dimensions, self.fitting.deployment.speaks, any_dimensions=self.any_dimensions)

    @property
    def passage_task(self) -> Task:
        """Return the task of what is searched: retrieval's, or another family's for a model without retrieval."""
        own = self.fitting.deployment.speaks.tasks
        return PASSAGE if PASSAGE in own or not own else own[-1]

    def request(self, task: Task, **options: Unpack[RequestOptions]) -> Request:
        """Return what is asked, with what is inherited; multi-vectors inherit no width.

        Raises:
            ConfigurationError: an option is wrong, unknown, or one that the deployment does not have.
        """
        refuse_unknown("embed", options, EmbedOptions.__optional_keys__)
        given = {
            "instructions": None,
            "dimensions": None,
            "adapter": None,
            "return_multivector": False,
            "truncate": None,
            "late_chunking": False,
            "any_dimensions": self.any_dimensions,
            **options,
            "task": task,
        }
        if given["instructions"] is None:
            given["instructions"] = self.instructions
        if given["dimensions"] is None and not given["return_multivector"]:
            given["dimensions"] = self.dimensions
        return Request(**self.fitting.options(given))
