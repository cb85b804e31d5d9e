"""What other clients did with the same faults, as it was measured before; nothing here comes from a run."""

from __future__ import annotations

from typing import NamedTuple

NAMES = ("openai", "LangChain", "LlamaIndex", "LiteLLM")


class Peer(NamedTuple):
    """What four clients did: outcome, requests, seconds where they were many; `S` is wrong data without an error."""

    openai: str
    langchain: str
    llamaindex: str
    litellm: str

    @property
    def told(self) -> str:
        """What they did, once for those that did the same."""
        by_outcome: dict[str, list[str]] = {}
        for name, outcome in zip(NAMES, self, strict=True):
            by_outcome.setdefault(outcome, []).append(name)
        if len(by_outcome) == 1:
            return self.openai
        return "; ".join(f"{', '.join(names)}: {outcome}" for outcome, names in by_outcome.items())


def _alike(outcome: str) -> Peer:
    return Peer(outcome, outcome, outcome, outcome)


MEASURED = (
    "November 2026, Python 3.11, 2 cores, loopback, one run a cell, four inputs, default options, a timeout of 5 s "
    "(2 s where the server trickles or stalls): openai 2.54.0, langchain-openai 1.7.3 with langchain-core 1.7.2, "
    "llama-index-core 0.14.25 with embeddings-openai 0.6.0 and openai-like 0.4.0, litellm 1.106.2"
)
TOTALS = Peer("14 / 20 / 14 / 2", "14 / 20 / 14 / 2", "14 / 21 / 13 / 2", "14 / 17 / 17 / 2")
"""Of 49 faults and a control: right, an error, wrong without an error, hung. Of LiteLLM's 17 three do not count."""
PEERS = {
    "control": _alike("right, 1"),
    "wait": _alike("right, 2"),
    "wait for an hour": Peer("error, 1", "error, 1", "error, 2, 120 s", "error, 1"),
    "500 twice": _alike("right, 3"),
    "4xx": _alike("error, 1"),
    "408 and 409": Peer("error, 3", "error, 3", "error, 11, 47-49 s", "error, 3"),
    "503 always": Peer("error, 3", "error, 3", "error, 22, 101 s", "error, 3"),
    "broken once": _alike("right, 2"),
    "trickle": Peer("HUNG, 60 s", "HUNG, 60 s", "HUNG, 130 s", "HUNG, 60 s"),
    "stall": Peer("error, 3, 7 s", "error, 3, 7 s", "error, 11, 73 s", "error, 3, 7 s"),
    "truncated": Peer("error, 1", "error, 1", "error, 1", "error, 1 (as 500)"),
    "html": Peer("error, 1, unclear", "error, 1, unclear", "error, 1, unclear", "error, 1 (as 500)"),
    "text": _alike("right, 1"),
    "error 200": _alike("error, 1"),
    "no data": Peer("error, 1", "error, 1", "error, 1", "S (0 of 4)"),
    "bomb": Peer("error, +416 MiB", "error, +418 MiB", "error, +417 MiB", "error, +418 MiB"),
    "reversed": _alike("S"),
    "rows": _alike("S"),
    "index 0": _alike("right (luck)"),
    "no index": _alike("right"),
    "nan": _alike("S"),
    "short": _alike("S"),
    "null": Peer("S", "S", "error", "S"),
    "float16": _alike("S"),
    "big-endian": _alike("S"),
    "bad base64": Peer("error", "error", "error", "S"),
    "floats": _alike("right"),
    "strings": _alike("S"),
    "302": Peer('error, "no data"', "error", "error", "S (0 of 4)"),
    "307": _alike("follows; key, headers or texts leak"),
    "307 loop": Peer("error, 63", "error, 63", "error, 462, 99 s", "error, 63"),
    "refused": Peer("error, 1.3 s", "error, 1.5 s", "error, 100 s", "error, 1.3 s"),
}
