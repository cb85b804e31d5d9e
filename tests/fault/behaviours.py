"""What a fault server does with a request: the small steps of which every fault is made."""

from __future__ import annotations

import base64
import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.fake_nova import good_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tests.fault.server import Behaviour, Exchange

    Row = dict[str, Any]
    Change = Callable[[list[Row]], Any]
    Edit = Callable[[NDArray[np.float32]], Any]

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
_DRIP_SECONDS = 0.05


def rows_of(exchange: Exchange) -> list[Row]:
    """Return the right rows, in the order of the inputs; each vector belongs to one input only."""
    return sorted(good_answer(exchange.body)["data"], key=lambda row: int(row["index"]))


def listed(rows: Any) -> bytes:
    """Return an answer that holds these rows."""
    return json.dumps({"object": "list", "model": "m", "data": rows}).encode()


def good(exchange: Exchange) -> None:
    """Answer as a server should."""
    exchange.reply("200 OK", json.dumps(good_answer(exchange.body)).encode())


def then_good(*faults: Behaviour) -> Behaviour:
    """Meet the first requests with these faults, one each, and answer all others."""

    def behave(exchange: Exchange) -> None:
        (faults[exchange.number - 1] if exchange.number <= len(faults) else good)(exchange)

    return behave


def status(line: str, *headers: str, body: bytes = b'{"error": {"message": "no"}}') -> Behaviour:
    """Answer every request with a status."""
    return lambda exchange: exchange.reply(line, body, *headers)


def body(data: bytes, *headers: str, mime: str = "") -> Behaviour:
    """Answer 200 with any body."""
    return lambda exchange: exchange.reply("200 OK", data, *headers, mime=mime)


def altered(change: Change) -> Behaviour:
    """Answer 200 with rows that are changed first."""
    return lambda exchange: exchange.reply("200 OK", listed(change(rows_of(exchange))))


def vector_of_row(row: Row) -> NDArray[np.float32]:
    """Return a row's vector."""
    return np.frombuffer(base64.b64decode(row["embedding"]), dtype="<f4")


def packed(numbers: Any, kind: str = "<f4") -> str:
    """Return numbers as base64 of a type."""
    return base64.b64encode(np.asarray(numbers).astype(kind).tobytes()).decode()


def second(edit: Edit) -> Behaviour:
    """Answer with a second vector that is edited first."""
    return altered(
        lambda rows: [{**row, "embedding": edit(vector_of_row(row))} if row["index"] == 1 else row for row in rows]
    )


def every(edit: Edit) -> Behaviour:
    """Answer with vectors that are all edited first."""
    return altered(lambda rows: [{**row, "embedding": edit(vector_of_row(row))} for row in rows])


def indexed(*indices: Any) -> Behaviour:
    """Answer with the right rows under other indices."""
    return altered(lambda rows: [{**row, "index": index} for row, index in zip(rows, indices, strict=True)])


def second_index(index: Any) -> Behaviour:
    """Answer with another index for the second row."""
    return altered(lambda rows: [rows[0], {**rows[1], "index": index}, *rows[2:]])


def trickling(head: bytes, drop: bytes) -> Behaviour:
    """Send a head, then a drop now and then, for as long as anyone listens."""

    def trickle(exchange: Exchange) -> None:
        exchange.close()
        exchange.send(head)
        while exchange.pause(_DRIP_SECONDS):
            exchange.send(drop)

    return trickle


def flooding(head: bytes, piece: bytes, pieces: int) -> Behaviour:
    """Send a head and a great many bytes."""

    def flood(exchange: Exchange) -> None:
        exchange.close()
        exchange.send(head)
        for _ in range(pieces):
            exchange.send(piece)

    return flood


def resetting(sent: bytes = b"") -> Behaviour:
    """Send a part and reset the connection."""

    def reset(exchange: Exchange) -> None:
        assert exchange.body  # unread bytes would be another fault
        exchange.send(sent)
        exchange.reset()

    return reset


def closing(sent: bytes = b"") -> Behaviour:
    """Send a part and hang up."""

    def close(exchange: Exchange) -> None:
        assert exchange.body
        exchange.send(sent)
        exchange.close()

    return close


def shortened(part: float) -> Behaviour:
    """Send the right answer up to a part of it, and hang up."""

    def short(exchange: Exchange) -> None:
        whole = listed(rows_of(exchange))
        exchange.reply("200 OK", whole[: int(len(whole) * part)], length=len(whole))
        exchange.close()

    return short


def twice(exchange: Exchange) -> None:
    """Send the same right answer two times, in one piece."""
    whole = listed(rows_of(exchange))
    once = OK + f"content-length: {len(whole)}\r\n\r\n".encode() + whole
    exchange.send(once * 2)


def twice_late(exchange: Exchange) -> None:
    """Send the same right answer two times, the second when the client may have gone on."""
    whole = listed(rows_of(exchange))
    once = OK + f"content-length: {len(whole)}\r\n\r\n".encode() + whole
    exchange.send(once)
    time.sleep(0.002)
    exchange.send(once)


def hanging_up_afterwards(exchange: Exchange) -> None:
    """Answer rightly, and close the connection that was to be kept."""
    good(exchange)
    exchange.close()


def stalling(exchange: Exchange) -> None:
    """Take the request, and never answer; go when the client does."""
    exchange.close()
    assert exchange.body
    exchange.connection.recv(1)


def deaf(exchange: Exchange) -> None:
    """Never read the request's body."""
    exchange.close()
    exchange.server.stopped.wait()


def poisoning(poison: str) -> Behaviour:
    """Refuse whatever comes with one text, without a word about which one it is."""

    def refuse(exchange: Exchange) -> None:
        bad = any(item["text"] == poison for item in exchange.body["input"])
        (status("400 Bad Request") if bad else good)(exchange)

    return refuse


def sent_away(line: str, host: str = "127.0.0.1") -> Behaviour:
    """Send the client to another server."""

    def away(exchange: Exchange) -> None:
        assert exchange.server.elsewhere is not None
        exchange.reply(line, b"", f"location: http://{host}:{exchange.server.elsewhere.port}/v1/embeddings")

    return away


def sent_around(exchange: Exchange) -> None:
    """Send the client back to where it is."""
    exchange.reply("307 Temporary Redirect", b"", f"location: {exchange.server.api_base}/embeddings")
