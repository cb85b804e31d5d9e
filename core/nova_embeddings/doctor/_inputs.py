"""Does every input get its own vector: again, among others, and with a picture?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nova_embeddings.doctor._answers import RefusedError, dense, only, rows, value
from nova_embeddings.doctor._comparing import DIFFERENT, SAME, apart, cosine, nearest
from nova_embeddings.doctor._pictures import picture
from nova_embeddings.doctor._report import failed, ok, warning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nova_embeddings._results import FloatArray
    from nova_embeddings.doctor._probe import Probe
    from nova_embeddings.doctor._report import Finding

_TEXTS = (
    "The tenant pays a deposit of two months' rent.",
    "def area(radius): return 3.14159 * radius ** 2",
    "Preheat the oven to 220 degrees.",
    "The treaty was signed in 1648.",
    "Ships in the harbour of Bergen",
)
_WORDS = ("NOVA", "CODE")


def repeatable(probe: Probe) -> Finding:
    """Ask for the same vector twice."""
    body = probe.body([{"text": _TEXTS[0], "task": probe.lead}], task=probe.lead)
    first, second = (dense(only(probe.send(body))) for _ in range(2))
    return judge_repeated(first, second)


def judge_repeated(first: FloatArray, second: FloatArray) -> Finding:
    """Return whether the two are one vector, with less noise than an option has effect."""
    likeness = cosine(first, second)
    seen = "equal to the last bit" if np.array_equal(first, second) else f"cosine {likeness:.6f}"
    if likeness < SAME:
        advice = "the same text gets another vector each time: do several models stand behind the address?"
        return failed(seen, advice)
    if likeness < DIFFERENT:
        advice = "the server's noise is as large as the effect of small options: the checks below may be mistaken"
        return warning(seen, advice)
    return ok(seen)


def order(probe: Probe) -> Finding:
    """Ask for several texts in one request, and for each alone."""
    lead = probe.lead
    alone = {text: probe.dense(item={"text": text}) for text in _TEXTS}
    body = probe.body([{"text": text, "task": lead} for text in _TEXTS], task=lead)
    got = rows(probe.send(body), len(_TEXTS))
    return judge_order([row.get("index") for row in got], [dense(value(row)) for row in got], alone)


def judge_order(indexes: Sequence[Any], vectors: Sequence[FloatArray], alone: Mapping[str, FloatArray]) -> Finding:
    """Return whether `index` says which text each vector belongs to.

    Args:
        indexes: as the rows have them.
        vectors: of the rows.
        alone: the vector of each text, in the order in which they were sent.
    """
    texts = list(alone)
    owners = [texts.index(nearest(vector, alone)) for vector in vectors]
    likeness = min(cosine(vector, alone[texts[owner]]) for vector, owner in zip(vectors, owners, strict=True))
    came = f"indexes {', '.join(map(_shown, indexes))} for the texts {', '.join(map(str, owners))}"
    if sorted(owners) != list(range(len(texts))):
        return failed(came, "the texts of one request do not each get their own vector: send them one by one")
    if list(indexes) != owners:
        advice = "`index` does not say which text a vector belongs to: texts get each other's vectors"
        return failed(came, f"{advice}; send one text a request until the server is mended")
    if likeness < SAME:
        advice = "a text gets another vector among others than alone: embed queries and passages in equal batches"
        return warning(f"cosine {likeness:.4f} with the vector of the text alone", advice)
    return ok(f"indexes {', '.join(map(str, indexes))}; as one by one")


def images(probe: Probe) -> Finding:
    """Ask for the vectors of two different pictures; where bare base64 is refused, as a data URI."""
    try:
        first, second = (probe.dense(item={"text": None, "image": picture(word)}) for word in _WORDS)
    except RefusedError as error:
        return _as_data_uri(probe, error)
    return apart({"two pictures": (first, second)}, "the server ignores pictures: each gets the same vector")


def _as_data_uri(probe: Probe, error: RefusedError) -> Finding:
    try:
        probe.dense(item={"text": None, "image": f"data:image/png;base64,{picture(_WORDS[0])}"})
    except RefusedError:
        raise error from None
    advice = "the server takes pictures as data URIs only: give clients image_encoding='data_uri'"
    return warning(f"bare base64: {error}; as a data URI: answered", advice)


def fused(probe: Probe) -> Finding:
    """Compare a text with a picture, and the text alone."""
    pair = (probe.dense(item={"image": picture(_WORDS[0])}), probe.dense())
    advice = "the server drops the picture of an input that has a text too: figures are found by their captions only"
    return apart({"with / without": pair}, advice)


def _shown(index: object) -> str:
    return str(index) if type(index) is int else "none" if index is None else type(index).__name__
