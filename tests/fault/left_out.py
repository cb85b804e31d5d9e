"""What the matrix of faults names and the suite leaves out, or holds elsewhere, and why."""

from __future__ import annotations

LEFT_OUT = {
    "a flipped bit": "Two in three leave no trace in a vector: nobody can promise to see them.",
    "the right width of another model, or a width that nobody asked for": (
        "Without `dimensions` a client's first answer says how wide vectors are, and every later one is held to it."
    ),
    "an answer that belongs to another caller's request": (
        "Over HTTP/1.1 nothing tells it apart from the right one. The same answer twice is told apart, early or late."
    ),
    "vectors that are not of unit length": "Not every model promises it; zeros are refused, and `doctor` looks at it.",
    "poison that makes the server fail with 500, or send NaN, without on_error='skip'": (
        "The error of NaN has the input's `.index`; a 500 is not searched for its input unless asked, as it may pass."
    ),
    "a cache whose file another process keeps locked": (
        "It is waited for as long as `SQLiteCache(timeout=)` says, 10 s, beside the call's own deadline."
    ),
    "a first call that compares floats with base64": (
        "Not done: it costs a call, and what it would find is held by rows above."
    ),
    "a warning for a wrong content type": "The answer is read without one: its vectors are checked all the same.",
    "a timeout of the connection pool": "The pool has no bound, so nobody waits for it.",
    "a clock that jumps": (
        "Waits and deadlines use the monotonic clock; the other is only asked to read a date, and what comes of dates "
        "that are past or no dates is held by rows above."
    ),
    "name resolution that takes long": "Python cannot cut it short in a thread; a name that nobody has is a row above.",
    "SIGKILL in a bulk job, and its journal": "There is no journal: a request is whole or raises.",
    "what a proxy, a fallback or a callback of LiteLLM's may change": "Not in the client's hands; see `tests/routing`.",
    "a great many inputs in bounded memory": "`embed` returns all of its vectors; memory is measured by `make bench`.",
    "the herd, the shared quota, the circuit, fewer calls at a time": "Held by `tests/core`: no one fault shows them.",
    "poison among 1,000 inputs through LangChain and LlamaIndex": (
        "Their interfaces return a vector for each text; they raise with the input's index, as a row above shows."
    ),
    "images and their addresses": "Held by `tests/core/test_images.py` and `test_fetching.py`: no fault of a server.",
    "secrets in logs, dumps and copies": "Held by `tests/core`, `tests/langchain` and `tests/llamaindex`.",
}
