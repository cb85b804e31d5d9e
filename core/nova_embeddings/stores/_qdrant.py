"""How are multi-vectors kept and searched in Qdrant: in this process, or on a server?"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from nova_embeddings._secrets import Secret
from nova_embeddings.stores._fitting import (
    fit_deletion,
    fit_dense,
    fit_filter,
    fit_marks,
    fit_multivector,
    fit_records,
    fit_search,
)
from nova_embeddings.stores._points import DENSE, MULTI, batches, check_payloads, filter_of, hit_of, point_id, record_of
from nova_embeddings.stores._qdrant_collection import check, create
from nova_embeddings.stores._qdrant_door import connect, door

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from os import PathLike
    from typing import Self

    from qdrant_client import QdrantClient

    from nova_embeddings._results import FloatArray
    from nova_embeddings.stores._protocol import Filter, Hit, Record

_PREFETCH = 10  # candidates for each document that is asked for
_MOST = 10_000  # of one answer
_GET = 64  # records of one answer: about 30 MB of JSON at 200 tokens each


class QdrantStore:
    """Multi-vectors, and dense vectors beside them, in one collection of Qdrant.

    In this process (`":memory:"`, or a folder) it scores every document, for tests and small corpora; a server, by its
    URL, looks for candidates by the dense vectors first, then scores those by MaxSim. The same code serves both.
    Needs qdrant-client: `pip install 'nova-embeddings[qdrant]'`; a server must be 1.16 or newer.

    ```python
    store = QdrantStore("passages", url="https://qdrant.example", api_key=key, space=result.space.id)
    store.upsert(records)
    hits = store.search(query.multivectors[0], k=5, dense=dense.vectors[0], prefetch=100)
    ```

    Args:
        collection: its name; made at the first write where there is none.
        location: `":memory:"`; the default where neither a folder nor a URL is given.
        folder: keep it in this folder, in this process; one store at a time may have it open.
        url: a server's or a cluster's address.
        api_key: its key; never shown.
        space: the id of the multi-vectors' space (`result.space.id`); the collection is marked with it.
        dimensions: of the dense vectors that come with the multi-vectors; 0 for none. Default: as the collection has
            it, or the first record. Qdrant keeps them at unit length.
        timeout: seconds that a server may take to answer.

    Raises:
        ConfigurationError: qdrant-client is missing, or the collection is there and was made otherwise.
        AuthenticationError, DeploymentUnavailableError, DeploymentTimeoutError: as the server answers, or does not.
    """

    def __init__(
        self,
        collection: str,
        *,
        location: str | None = None,
        folder: str | PathLike[str] | None = None,
        url: str | None = None,
        api_key: str | None = None,
        space: str | None = None,
        dimensions: int | None = None,
        timeout: float = 60.0,
    ) -> None:
        """Connect, and check the collection if it is there."""
        fit_marks(space, dimensions)
        self._name, self._key = collection, Secret(api_key)
        self._space, self._dimensions = space, dimensions
        self._lock = threading.RLock()
        self._remote, self._there = url is not None, False
        self._where = f"the collection {collection!r}"
        self._client: QdrantClient = connect(location, folder, url, self._key, timeout)
        try:
            self._present()
        except BaseException:
            self.close()
            raise

    @property
    def space(self) -> str | None:
        """Return the id of the space, None where none was given."""
        return self._space

    @property
    def dimensions(self) -> int | None:
        """Return the width of the dense vectors; 0 where there are none, None where no record has decided yet."""
        return self._dimensions

    def upsert(self, records: Sequence[Record]) -> None:
        """Add records, or replace those with the same id: none if one is unfit.

        They go in calls of some megabytes; if a server fails in between, the calls before it stand, and the same
        upsert can be repeated.

        Raises:
            ConfigurationError: a record's width or kind is not the store's; nothing was written.
            AuthenticationError, DeploymentUnavailableError, DeploymentTimeoutError: as the server answers.
        """
        with self._lock:
            self._present()
            kept = fit_records(records, self._dimensions)
            check_payloads(kept)
            if kept and not self._there:
                self._make(0 if kept[0].dense is None else len(kept[0].dense))
        for batch in batches(kept):
            with self._calling() as client:
                client.upsert(self._name, batch, wait=True)

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
            AuthenticationError, DeploymentUnavailableError, DeploymentTimeoutError: as the server answers.
        """
        from qdrant_client.models import Prefetch  # noqa: PLC0415 (an extra)

        fit_search(k, prefetch)
        query, wanted = fit_multivector(query, "the query"), filter_of(fit_filter(filter))
        there = self._present()
        near = None if dense is None else fit_dense(dense, self._dimensions, "dense").tolist()
        if not there:
            return []
        asked: dict[str, Any] = {"query": query.tolist(), "using": MULTI, "query_filter": wanted}
        if near is not None:
            count = prefetch or _PREFETCH * k
            asked["prefetch"] = Prefetch(query=near, using=DENSE, limit=count, filter=wanted)
        found = self._found(k, asked)
        return sorted((hit_of(point) for point in found), key=lambda hit: (-hit.score, hit.id))[:k]

    def delete(self, ids: Sequence[str] = (), *, filter: Filter | None = None) -> None:  # noqa: A002 (as above)
        """Remove the documents of these ids, and those that match the filter; unknown ids are no error.

        Raises:
            ConfigurationError: the filter is empty, or no filter.
            AuthenticationError, DeploymentUnavailableError, DeploymentTimeoutError: as the server answers.
        """
        from qdrant_client.models import FilterSelector, PointIdsList  # noqa: PLC0415 (an extra)

        wanted = filter_of(fit_deletion(ids, filter))
        selectors: list[PointIdsList | FilterSelector] = []
        if ids:
            selectors.append(PointIdsList(points=[point_id(one) for one in ids]))
        if wanted:
            selectors.append(FilterSelector(filter=wanted))
        for selector in selectors:
            if self._present():
                with self._calling() as client:
                    client.delete(self._name, selector, wait=True)

    def get(self, ids: Sequence[str]) -> list[Record]:
        """Return the records of these ids, in their order; unknown ids are left out.

        Raises:
            AuthenticationError, DeploymentUnavailableError, DeploymentTimeoutError: as the server answers.
        """
        found: dict[str, Record] = {}
        for start in range(0, len(ids) if self._present() else 0, _GET):
            points = [point_id(one) for one in ids[start : start + _GET]]
            with self._calling() as client:
                for point in client.retrieve(self._name, points, with_payload=True, with_vectors=True):
                    record = record_of(point)
                    found[record.id] = record
        return [found[one] for one in ids if one in found]

    def close(self) -> None:
        """Close the connections, or free the folder for another store."""
        self._client.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def __len__(self) -> int:
        """Return the number of documents."""
        if not self._present():
            return 0
        with self._calling() as client:
            return int(client.count(self._name, exact=True).count)

    def __bool__(self) -> bool:
        """Be true also without documents, and without asking a server."""
        return True

    def __repr__(self) -> str:
        """Show the collection; no address, no key."""
        return f"QdrantStore({self._name!r})"

    def _found(self, k: int, asked: dict[str, Any]) -> list[Any]:
        """Return the k best points, and all others that score as the last of them does."""
        limit = k + 1
        while True:
            with self._calling() as client:
                points = client.query_points(self._name, limit=limit, with_payload=True, **asked).points
            if len(points) < limit or points[-1].score < points[k - 1].score or limit >= _MOST:
                return list(points)
            limit = min(2 * limit, _MOST)

    def _present(self) -> bool:
        """Tell whether the collection is there, whoever made it; check it, and take what it has, when first seen."""
        if not self._there:
            with self._lock, self._calling() as client:
                if client.collection_exists(self._name):
                    self._space, self._dimensions = check(client, self._name, self._space, self._dimensions)
                    self._there = True
        return self._there

    def _make(self, dimensions: int) -> None:
        with self._calling() as client:
            create(client, self._name, self._space, dimensions)
            self._space, self._dimensions = check(client, self._name, self._space, dimensions)
            self._there = True

    @contextlib.contextmanager
    def _calling(self) -> Iterator[QdrantClient]:
        """Yield the client, its errors made ours; one caller at a time where Qdrant runs in this process."""
        with contextlib.nullcontext() if self._remote else self._lock, door(self._where, self._key):
            yield self._client
