"""What is QdrantStore's own: foreign collections, and what a server is asked and may answer."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from qdrant_client import QdrantClient
from qdrant_client.models import Distance, MultiVectorComparator, MultiVectorConfig, VectorParams

from nova_embeddings import (
    AuthenticationError,
    ConfigurationError,
    DeploymentTimeoutError,
    DeploymentUnavailableError,
    NovaError,
    RateLimitError,
)
from nova_embeddings.stores import QdrantStore, Record
from tests.stores.kinds import records, unit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ID_OF_B1 = "bdd3f652-3328-5451-b9b2-5733e99d3f8a"  # of every release: others would not find what was written
KEY = "key-of-the-cluster-123"
MAX_SIM = MultiVectorConfig(comparator=MultiVectorComparator.MAX_SIM)
OURS = VectorParams(size=128, distance=Distance.DOT, multivector_config=MAX_SIM)
FOREIGN: dict[str, Any] = {
    "another width": {"multivector": VectorParams(size=64, distance=Distance.DOT, multivector_config=MAX_SIM)},
    "another distance": {"multivector": VectorParams(size=128, distance=Distance.EUCLID, multivector_config=MAX_SIM)},
    "one vector a document": {"multivector": VectorParams(size=128, distance=Distance.DOT)},
    "another name": {"colbert": OURS},
    "a vector without a name": OURS,
    "one vector more": {"multivector": OURS, "other": OURS},
    "another dense distance": {"multivector": OURS, "dense": VectorParams(size=8, distance=Distance.DOT)},
    "another dense width": {"multivector": OURS, "dense": VectorParams(size=9, distance=Distance.COSINE)},
    "a dense multi-vector": {
        "multivector": OURS,
        "dense": VectorParams(size=8, distance=Distance.COSINE, multivector_config=MAX_SIM),
    },
    "no mark of a space": {"multivector": OURS, "dense": VectorParams(size=8, distance=Distance.COSINE)},
}


@pytest.mark.parametrize("vectors", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_collection_of_something_else_is_refused(tmp_path: Path, vectors: Any) -> None:
    """A collection of other vectors, or without the mark of the space, is named and nothing is written to it."""
    client = QdrantClient(path=str(tmp_path))
    client.create_collection("passages", vectors_config=vectors)
    client.close()
    with pytest.raises(ConfigurationError, match="the collection 'passages'"):
        QdrantStore("passages", folder=tmp_path, space="ns1-a", dimensions=8)
    client = QdrantClient(path=str(tmp_path))
    assert client.count("passages").count == 0
    client.close()


@pytest.mark.parametrize(
    "places",
    [
        {"location": ":memory:", "url": "http://127.0.0.1:1"},
        {"folder": "a", "url": "http://127.0.0.1:1"},
        {"location": "a"},
        {"api_key": KEY},
    ],
)
def test_a_store_lies_in_one_place(places: dict[str, str]) -> None:
    """Two places, a location that is a folder, and a key without a server are refused; the key is not shown."""
    with pytest.raises(ConfigurationError) as refused:
        QdrantStore("passages", **places)  # type: ignore[arg-type]
    assert KEY not in str(refused.value)


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    """A second store on an open folder says so; once the first is closed it opens."""
    with QdrantStore("passages", folder=tmp_path), pytest.raises(ConfigurationError, match="already accessed"):
        QdrantStore("passages", folder=tmp_path)
    QdrantStore("passages", folder=tmp_path).close()


def test_a_payload_may_not_have_the_stores_own_field() -> None:
    """A payload that would hide the record's id is refused before anything is written."""
    store = QdrantStore("passages")
    with pytest.raises(ConfigurationError, match="_nova_id"):
        store.upsert([*records(1), Record("a", np.ones((1, 128), np.float32), payload={"_nova_id": "b"})])
    assert len(store) == 0


@dataclass
class Server:
    """What a server was asked, and what it answers.

    Args:
        answers: method and end of the path -> status and result.
        asked: method and path, headers, body, and its bytes, in their order.
    """

    answers: dict[str, tuple[int, Any]]
    asked: list[tuple[str, dict[str, str], Any, int]] = field(default_factory=list)

    def bodies(self, what: str) -> list[Any]:
        """Return the bodies that came with this method and end of the path."""
        return [body for asked, _, body, _ in self.asked if is_one(asked, what)]


def is_one(asked: str, what: str) -> bool:
    """Tell whether a request is of this method and end of the path."""
    method, end = what.split(" ")
    return asked.startswith(f"{method} ") and asked.split("?", maxsplit=1)[0].endswith(end)


@contextmanager
def serving(answers: dict[str, tuple[int, Any]], delay: float = 0) -> Iterator[tuple[str, Server]]:
    """Yield the address of a server, and what it is asked."""
    server = Server(answers)

    class Answering(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            size = int(self.headers.get("content-length", 0))
            body = json.loads(self.rfile.read(size)) if size else None
            asked = f"{self.command} {self.path}"
            server.asked.append((asked, {name.lower(): value for name, value in self.headers.items()}, body, size))
            time.sleep(delay)
            status, result = next(said for what, said in server.answers.items() if is_one(asked, what))
            content = json.dumps(
                {"result": result, "status": "ok" if status == 200 else {"error": result}, "time": 0.0}
            )
            self.send_response(status)
            self.send_header("retry-after", "2")
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content.encode())

        do_GET = do_PUT = do_POST = _answer  # noqa: N815 (the library's names)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{http.server_port}", server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def answers(**metadata: str) -> dict[str, tuple[int, Any]]:
    """Return what a server says that has no collection yet; one that was made has dense vectors of 8."""
    with QdrantStore("passages", dimensions=8) as store:
        store.upsert(records(1, dimensions=8))
        info = store._client.get_collection("passages").model_dump(mode="json", exclude_none=True)
    done = (200, {"operation_id": 1, "status": "completed"})
    point = {"id": 1, "version": 1, "score": 2.5, "payload": {"a": {"b": "x"}, "_nova_id": "b0"}}
    return {
        "GET /exists": (200, {"exists": False}),
        "PUT /collections/passages": (200, True),
        "GET /collections/passages": (200, {**info, "config": {**info["config"], "metadata": metadata}}),
        "PUT /points": done,
        "POST /points/delete": done,
        "POST /points/count": (200, {"count": 5}),
        "POST /points/query": (200, {"points": [point]}),
    }


pytestmark = pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")


def a_dense() -> Any:
    """Return a dense vector that a server keeps as it is."""
    return np.eye(8, dtype=np.float32)[0]


def test_what_a_server_is_asked() -> None:
    """The key goes in its header; one collection with both vectors is made and marked; calls of writing are bounded."""
    big = [Record(f"b{n}", unit(np.random.default_rng(n), 900, 128), a_dense(), {"n": n}) for n in range(5)]
    with serving(answers(nova_space="ns1-a")) as (url, server):
        with QdrantStore("passages", url=url, api_key=KEY, space="ns1-a") as store:
            store.upsert(big)
            assert len(store) == 5
        assert {headers["api-key"] for _, headers, _, _ in server.asked} == {KEY}
        assert KEY not in repr(store)
        (made,) = server.bodies("PUT /collections/passages")
        writes = server.bodies("PUT /points")
        largest = max(size for *_, size in server.asked)
    assert made["metadata"] == {"nova_space": "ns1-a"}
    assert made["vectors"]["multivector"] == {
        "size": 128,
        "distance": "Dot",
        "hnsw_config": {"m": 0},
        "multivector_config": {"comparator": "max_sim"},
    }
    assert made["vectors"]["dense"] == {"size": 8, "distance": "Cosine"}
    points = [point for write in writes for point in write["points"]]
    assert [point["payload"] for point in points] == [{"n": n, "_nova_id": f"b{n}"} for n in range(5)]
    assert points[0]["vector"]["dense"] == a_dense().tolist()
    assert np.array_equal(np.asarray(points[4]["vector"]["multivector"], np.float32), big[4].multivector)
    assert len(writes) > 1
    assert largest < 9 * 2**20


def test_a_search_on_a_server_looks_for_candidates_first() -> None:
    """Dense candidates, filtered, are scored by MaxSim; the hit has its own id and no private field."""
    rows = np.ones((2, 128), np.float32)
    with serving({**answers(), "GET /exists": (200, {"exists": True})}) as (url, server):
        with QdrantStore("passages", url=url) as store:
            hits = store.search(rows, 3, dense=a_dense(), prefetch=7, filter={"a.b": ["x", 1.5]})
            store.delete(["b1"], filter={"a.b": "x"})
        (asked,) = server.bodies("POST /points/query")
        by_id, by_filter = server.bodies("POST /points/delete")
    assert [(hit.id, hit.score, hit.payload) for hit in hits] == [("b0", 2.5, {"a": {"b": "x"}})]
    conditions = [
        {"key": '"a"."b"', "match": {"value": "x"}},
        {"key": '"a"."b"', "range": {"gte": 1.5, "lte": 1.5}},
    ]
    wanted = {"must": [{"should": conditions}]}
    assert asked["prefetch"] == {"query": a_dense().tolist(), "using": "dense", "limit": 7, "filter": wanted}
    assert (asked["using"], asked["filter"]) == ("multivector", wanted)
    assert asked["query"] == {"nearest": rows.tolist()}
    assert by_id["points"] == [ID_OF_B1]
    assert by_filter["filter"]["must"][0]["should"] == conditions[:1]


def test_a_server_that_keeps_no_mark_is_refused() -> None:
    """A server too old to mark the collection is noticed when it is made, before a record is written."""
    with serving(answers()) as (url, server):
        with QdrantStore("passages", url=url, space="ns1-a") as store, pytest.raises(ConfigurationError, match="space"):
            store.upsert(records(1, dimensions=8))
        assert server.bodies("PUT /points") == []


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ConfigurationError),
        (401, AuthenticationError),
        (403, AuthenticationError),
        (429, RateLimitError),
        (503, DeploymentUnavailableError),
    ],
)
def test_a_servers_refusal_says_what_to_do(status: int, error: type[NovaError]) -> None:
    """A refusal becomes the error for what the caller does next, with the server's words and without the key."""
    with serving({"GET /exists": (status, f"no entry for {KEY}")}) as (url, _), pytest.raises(error) as refused:
        QdrantStore("passages", url=url, api_key=KEY)
    assert "no entry for ***" in str(refused.value)
    assert refused.value.retry_after == (2 if status == 429 else None)
    assert KEY not in str(refused.value)


def test_nobody_and_nobody_in_time() -> None:
    """A closed port and a silent server are told apart."""
    with serving(answers(), delay=3) as (url, _), pytest.raises(DeploymentTimeoutError):
        QdrantStore("passages", url=url, timeout=1)
    with pytest.raises(DeploymentUnavailableError):
        QdrantStore("passages", url=url, timeout=1)


def test_a_store_without_the_extra_says_how_to_install_it() -> None:
    """Where qdrant-client is missing, making the store names the extra; everything else is there."""
    code = """
import sys
sys.modules["qdrant_client"] = None
from nova_embeddings import ConfigurationError
from nova_embeddings.stores import NumpyStore, QdrantStore
NumpyStore()
try:
    QdrantStore("passages")
except ConfigurationError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "pip install 'nova-embeddings[qdrant]'" in done.stdout
