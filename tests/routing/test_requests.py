"""Which task does a request to LiteLLM have on top, and where do its options go?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_embeddings import ConfigurationError, InputError, RoutingError
from nova_embeddings._routing import serving
from nova_embeddings._tasks import FAMILIES, TASKS, family_of
from nova_embeddings.litellm_plugin._requests import task_of, with_common_task, with_moved_options

if TYPE_CHECKING:
    from nova_embeddings import Task

_items = st.one_of(
    st.text(max_size=5),
    st.fixed_dictionaries({"text": st.text(max_size=5)}, optional={"task": st.none() | st.sampled_from(TASKS)}),
)


def effective(request: dict[str, Any]) -> list[object]:
    """Return the task that a server takes for each input: its own, else the request's."""
    top = request.get("task") or (request.get("extra_body") or {}).get("task")
    return [(value.get("task") or top) if isinstance(value, dict) else top for value in request["input"]]


@given(
    inputs=st.lists(_items, max_size=5),
    top=st.none() | st.sampled_from(TASKS),
    nested=st.booleans(),
    more=st.booleans(),
)
def test_no_input_loses_its_task(inputs: list[Any], top: Task | None, *, nested: bool, more: bool) -> None:
    """Whatever is put on top, each input keeps its task, its text and its place, and the top is what all share."""
    extra = {"dimensions": 128} if more else {}
    request = {"input": inputs, **({"extra_body": {**extra, "task": top}} if nested else {"task": top})}
    tasks = effective(request)
    own = any(isinstance(value, dict) and value.get("task") for value in inputs)
    families = {family_of(task) for task in tasks if task}  # type: ignore[arg-type]
    if own and None in tasks:
        with pytest.raises(InputError):
            with_common_task(request)
    elif own and len(families) > 1:
        with pytest.raises(RoutingError):
            with_common_task(request)
    else:
        made = with_common_task(request)
        assert effective(made) == tasks
        texts = [value if isinstance(value, str) else value["text"] for value in made["input"]]
        assert texts == [value if isinstance(value, str) else value["text"] for value in inputs]
        if any(tasks):
            (family,) = families
            assert task_of(made) in (family, *tasks)
            assert task_of(made) == family or set(tasks) == {task_of(made)}


def test_a_task_in_extra_body_yields_to_the_family_on_top() -> None:
    """Where the inputs' tasks share a family only, no second task is left in extra_body to contradict it."""
    request = {"input": ["a", {"text": "b", "task": "retrieval.passage"}], "extra_body": {"task": "retrieval.query"}}
    assert with_common_task(request) == {
        "input": [{"text": "a", "task": "retrieval.query"}, {"text": "b", "task": "retrieval.passage"}],
        "task": "retrieval",
    }


@pytest.mark.parametrize("task", ["", "summarise", 7, ["code"], {"a": 1}, "CODE"])
def test_what_is_no_task_is_refused(task: object) -> None:
    """An unknown task on top or on an input is refused; on an input with its index."""
    with pytest.raises(ConfigurationError, match="not a task"):
        task_of({"task": task or "x"})
    with pytest.raises(InputError, match="not a task") as caught:
        with_common_task({"input": [{"text": "a", "task": "code"}, {"text": "b", "task": task}]})
    assert caught.value.index == 1


def test_one_input_needs_no_list() -> None:
    """A single text or object is read as a list of one, and stays as it is."""
    assert with_common_task({"input": "a", "task": "code.query"}) == {"input": "a", "task": "code.query"}
    one = {"text": "a", "task": "code.query"}
    assert with_common_task({"input": one}) == {"input": one, "task": "code.query"}
    assert with_common_task({"input": "a"}) == {"input": "a"}


def test_options_move_beside_what_is_there() -> None:
    """What LiteLLM refuses goes into `extra_body`; a request without it is left alone."""
    request = {"input": ["a"], "dimensions": 128, "user": None, "extra_body": {"task": "code"}}
    assert with_moved_options(request) == {"input": ["a"], "extra_body": {"task": "code", "dimensions": 128}}
    assert with_moved_options({"input": ["a"], "task": "code"}) is None


@given(served=st.lists(st.frozensets(st.sampled_from(TASKS), max_size=3), max_size=6), task=st.sampled_from(TASKS))
def test_who_serves_a_task(served: list[frozenset[str]], task: Task) -> None:
    """The exact task wins over the family, that over those that name none; nobody else is ever picked."""
    picked = serving(range(len(served)), task, lambda place: served[place])
    exact = [place for place, tasks in enumerate(served) if task in tasks]
    family = [place for place, tasks in enumerate(served) if family_of(task) in tasks]
    untagged = [place for place, tasks in enumerate(served) if not tasks]
    assert picked == (exact or family or untagged)


def test_families_are_tasks() -> None:
    """A family's name may stand where a task may."""
    assert set(FAMILIES) <= set(TASKS)
