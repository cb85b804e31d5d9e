"""How are multi-vectors kept and searched without any database? In arrays, every document scored exactly."""

from __future__ import annotations

import copy
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._space import MULTIVECTOR_WIDTH
from nova_embeddings.stores import _folder
from nova_embeddings.stores._fitting import (
    agree,
    agree_on_space,
    fit_deletion,
    fit_dense,
    fit_filter,
    fit_marks,
    fit_multivector,
    fit_records,
    fit_search,
)
from nova_embeddings.stores._matching import matches
from nova_embeddings.stores._protocol import Hit, Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from nova_embeddings._results import FloatArray
    from nova_embeddings._scoring import Offsets
    from nova_embeddings.stores._columns import Columns
    from nova_embeddings.stores._protocol import Filter

_PREFETCH = 10  # candidates for each document that is asked for
_MOST_DEAD = 0.25


class NumpyStore:
    """Multi-vectors in memory, searched exactly; nothing to install. Good for some 10,000 documents.

    Saved by `save()`, never by itself. Safe for many threads of one process; a folder has one process that writes.

    ```python
    store = NumpyStore("passages", space=result.space.id)
    store.upsert([Record(name, rows, payload={"year": 1972}) for name, rows in zip(names, result.multivectors)])
    hits = store.search(query.multivectors[0], k=5, filter={"year": [1972, 1973]})
    store.save()
    ```

    Args:
        folder: where it is saved, and loaded from if it was saved there before; None keeps it in memory only.
        space: the id of the multi-vectors' space (`result.space.id`); a folder with another one is refused.
        dimensions: of the dense vectors that come with the multi-vectors; 0 for none. Default: as the first record has
            it. They are kept at unit length.
        int8: keep tokens as int8 with one scale each: a quarter of the memory, scores about 0.01 off. A folder stays
            as it was made.

    Raises:
        ConfigurationError: the folder holds something else, is damaged, or was made with other options.
    """

    def __init__(
        self,
        folder: str | PathLike[str] | None = None,
        *,
        space: str | None = None,
        dimensions: int | None = None,
        int8: bool = False,
    ) -> None:
        """Load what the folder holds, if anything."""
        fit_marks(space, dimensions)
        self._folder = None if folder is None else Path(folder)
        self._space, self._dimensions, self._int8 = space, dimensions, int8
        self._lock, self._saving = threading.Lock(), threading.Lock()
        self._columns: Columns | None = None
        self._ids: list[str] = []  # as the payloads, by row; a row that is in no value of _row_of is dead
        self._payloads: list[dict[str, Any]] = []
        self._row_of: dict[str, int] = {}
        if self._folder is not None and (found := _folder.read(self._folder)) is not None:
            self._load(*found)

    @property
    def space(self) -> str | None:
        """Return the id of the space, None where none was given."""
        return self._space

    @property
    def dimensions(self) -> int | None:
        """Return the width of the dense vectors; 0 where there are none, None where no record has decided yet."""
        return self._dimensions

    def upsert(self, records: Sequence[Record]) -> None:
        """Add records, or replace those with the same id: all of them or, if one is unfit, none.

        Raises:
            ConfigurationError: a record's width or kind is not the store's; nothing was written.
        """
        with self._lock:
            kept = fit_records(records, self._dimensions)
            if kept:
                self._append(kept)
                self._compact(_MOST_DEAD)

    def search(
        self,
        query: FloatArray,
        k: int = 10,
        *,
        dense: FloatArray | None = None,
        prefetch: int | None = None,
        filter: Filter | None = None,  # noqa: A002 (the protocol's word)
    ) -> list[Hit]:
        """Return the k best documents, best first; equal scores in the order of their ids.

        Args:
            query: float32 `(T, 128)`.
            k: how many, at most.
            dense: the query's dense vector, `(D,)`: only the `prefetch` nearest documents by it are scored.
            prefetch: how many candidates `dense` gives; default: ten times k.
            filter: which documents may be found.

        Raises:
            ConfigurationError: the query's width or kind is not the store's, or an argument makes no sense.
        """
        fit_search(k, prefetch)
        query, wanted = fit_multivector(query, "the query"), fit_filter(filter)
        with self._lock:
            nearest = None if dense is None else fit_dense(dense, self._dimensions, "dense")
            if self._columns is None:
                return []
            columns, rows, ids, payloads = self._columns.snapshot(), self._live(), self._ids, self._payloads
        if wanted is not None:
            rows = rows[[matches(payloads[row], wanted) for row in rows.tolist()]]
        if nearest is not None:
            rows = columns.nearest(nearest, rows, prefetch or _PREFETCH * k)
        return [
            Hit(ids[row], score, copy.deepcopy(payloads[row])) for score, row in _best(columns, query, rows, ids, k)
        ]

    def delete(self, ids: Sequence[str] = (), *, filter: Filter | None = None) -> None:  # noqa: A002 (as above)
        """Remove the documents of these ids, and those that match the filter; unknown ids are no error.

        Raises:
            ConfigurationError: the filter is empty, or no filter.
        """
        wanted = fit_deletion(ids, filter)
        with self._lock:
            dead = set(ids)
            if wanted is not None:
                dead.update(name for name, row in self._row_of.items() if matches(self._payloads[row], wanted))
            for name in dead:
                self._row_of.pop(name, None)
            self._compact(_MOST_DEAD)

    def get(self, ids: Sequence[str]) -> list[Record]:
        """Return the records of these ids, in their order; unknown ids are left out."""
        with self._lock:
            if self._columns is None:
                return []
            columns, payloads = self._columns.snapshot(), self._payloads
            rows = [(name, self._row_of[name]) for name in ids if name in self._row_of]
        return [
            Record(name, columns.multivector(row), columns.dense(row), copy.deepcopy(payloads[row]))
            for name, row in rows
        ]

    def save(self) -> None:
        """Write all to the folder, in place of what it held; interrupted, it holds what it held before.

        Raises:
            ConfigurationError: the store has no folder.
        """
        if self._folder is None:
            raise ConfigurationError("this store has no folder; make it with NumpyStore(folder) to save it")
        with self._saving:
            with self._lock:
                self._compact(0)
                arrays = {} if self._columns is None else self._columns.arrays()
                marks = {"space": self._space, "dimensions": self._dimensions, "int8": self._int8}
                records = {"ids": list(self._ids), "payloads": list(self._payloads)}
            _folder.write(self._folder, {"width": MULTIVECTOR_WIDTH, **marks}, arrays, records)

    def __len__(self) -> int:
        """Return the number of documents."""
        return len(self._row_of)

    def __bool__(self) -> bool:
        """Be true also without documents, so that `store or other` keeps the store."""
        return True

    def __repr__(self) -> str:
        """Show where it is saved and how much it holds."""
        return f"NumpyStore({str(self._folder) if self._folder else None!r}, {len(self)} documents)"

    def _append(self, records: Sequence[Record]) -> None:
        import numpy as np  # noqa: PLC0415 (not needed to import the package)

        from nova_embeddings.stores._columns import Columns  # noqa: PLC0415 (as above)

        first = records[0].dense
        dimensions = 0 if first is None else len(first)
        columns = self._columns or Columns(int8=self._int8, dimensions=dimensions)
        dense = [() if record.dense is None else record.dense for record in records]
        columns.append([record.multivector for record in records], np.asarray(dense, dtype=np.float32))
        row = len(self._ids)
        self._ids += [record.id for record in records]
        self._payloads += [dict(record.payload) for record in records]
        self._row_of.update((record.id, row + index) for index, record in enumerate(records))
        self._columns, self._dimensions = columns, dimensions

    def _live(self) -> Offsets:
        """Return the rows that are documents, in rising order."""
        import numpy as np  # noqa: PLC0415 (as above)

        if len(self._row_of) == len(self._ids):
            return np.arange(len(self._ids))
        return np.sort(np.fromiter(self._row_of.values(), np.int64, len(self._row_of)))

    def _compact(self, most_dead: float) -> None:
        """Drop dead rows where more than this part is dead; readers keep what they have."""
        if self._columns is None or len(self._ids) - len(self._row_of) <= most_dead * len(self._ids):
            return
        rows = self._live()
        self._columns = self._columns.only(rows)
        self._ids = [self._ids[row] for row in rows.tolist()]
        self._payloads = [self._payloads[row] for row in rows.tolist()]
        self._row_of = {name: row for row, name in enumerate(self._ids)}

    def _load(self, marks: Mapping[str, Any], arrays: _folder.Arrays, records: Any) -> None:  # noqa: ANN401 (JSON)
        from nova_embeddings.stores._columns import Columns, check  # noqa: PLC0415 (as above)

        where = f"the store in {str(self._folder)!r}"
        try:
            ids, payloads = records["ids"], records["payloads"]
            int8, dimensions, space = marks["int8"], marks["dimensions"], marks["space"]
            if arrays:
                check(arrays)
            counts = {len(ids), len(payloads), len(set(ids)), len(arrays["offsets"]) - 1 if arrays else 0}
            made = (dimensions, int8) if not arrays else (arrays["dense"].shape[1], "scales" in arrays)
            if len(counts) != 1 or made != (dimensions, int8) or marks["width"] != MULTIVECTOR_WIDTH:
                raise ValueError("its parts do not fit together")  # noqa: TRY301 (one message for all damage)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ConfigurationError(f"{where} is damaged ({error}); restore it, or make it anew") from None
        agree_on_space(where, space, self._space)
        agree(where, "dimensions", dimensions, self._dimensions)
        agree(where, "int8", int8, self._int8 or None)
        self._space, self._dimensions, self._int8 = space, dimensions, int8
        self._ids, self._payloads = ids, payloads
        self._row_of = {name: row for row, name in enumerate(ids)}
        self._columns = Columns.of(arrays) if arrays else None


def _best(columns: Columns, query: FloatArray, rows: Offsets, ids: Sequence[str], k: int) -> list[tuple[float, int]]:
    """Return score and row of the k best, best first; equal scores in the order of the ids."""
    import numpy as np  # noqa: PLC0415 (as above)

    scores = columns.scores(query, rows)
    if len(rows) > k:
        few = np.flatnonzero(scores >= np.partition(scores, -k)[-k])
        rows, scores = rows[few], scores[few]
    found = zip(scores.tolist(), rows.tolist(), strict=True)
    return sorted(found, key=lambda one: (-one[0], ids[one[1]]))[:k]
