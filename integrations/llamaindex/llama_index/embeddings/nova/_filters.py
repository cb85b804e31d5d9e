"""LlamaIndex's metadata filters -> the filter of a store of multi-vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llama_index.core.vector_stores import FilterCondition, FilterOperator, MetadataFilters

from nova_embeddings import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llama_index.core.vector_stores import MetadataFilter


def filter_of(filters: MetadataFilters | None) -> dict[str, object] | None:
    """Return what must match: field of the metadata -> its value, or a list of values of which one must be it.

    Raises:
        ConfigurationError: a filter is neither EQ nor IN, two are on one field, or they are not joined by AND.
    """
    wanted: dict[str, object] = {}
    for one in _flat(filters):
        if one.key in wanted:
            raise ConfigurationError(f"two metadata filters are on {one.key!r}; join their values in one IN filter")
        wanted[one.key] = _value_of(one)
    return wanted or None


def _flat(filters: MetadataFilters | None) -> Iterator[MetadataFilter]:
    if filters is None:
        return
    if filters.condition not in {FilterCondition.AND, None}:
        raise ConfigurationError(f"metadata filters are joined by {filters.condition!r}; this store has AND only")
    for one in filters.filters:
        if isinstance(one, MetadataFilters):
            yield from _flat(one)
        else:
            yield one


def _value_of(one: MetadataFilter) -> object:
    listed = isinstance(one.value, list)
    if one.operator == FilterOperator.EQ and not listed and one.value is not None:
        return one.value
    if one.operator == FilterOperator.IN and listed:
        return one.value
    seen = f"{one.operator.name} with a value of type {type(one.value).__name__}"
    message = (
        f"the metadata filter on {one.key!r} is {seen}; this store has EQ with a str or number, and IN with a list"
    )
    raise ConfigurationError(message)
