"""Does the server do what an option of a request asks for?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nova_embeddings._options import DEFAULT_DIMENSIONS, NOVA_DIMENSIONS
from nova_embeddings._space import MULTIVECTOR_WIDTH
from nova_embeddings.doctor._answers import SUCCESS, RefusedError, dense, multi
from nova_embeddings.doctor._comparing import SAME, UNIT_TOLERANCE, apart, cosine, is_one_of, nearest
from nova_embeddings.doctor._report import failed, ok, skipped, warning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nova_embeddings._results import FloatArray
    from nova_embeddings.doctor._probe import Probe
    from nova_embeddings.doctor._report import Finding

_LEGAL = "Focus on legal obligations, and on who has to fulfil them until when."
_COOKING = "Find recipes for a quick dinner without meat."


def instructions_of_request(probe: Probe) -> Finding:
    """Compare with and without instructions on the request."""
    advice = "the server ignores `instructions` on a request: vectors are not steered, and nothing says so"
    return apart({"with / without": (probe.dense(instructions=_LEGAL), probe.dense())}, advice)


def instructions_of_input(probe: Probe) -> Finding:
    """Compare with and without instructions on the input."""
    advice = "the server ignores `instructions` on an input: vectors are not steered, and nothing says so"
    return apart({"with / without": (probe.dense(item={"instructions": _LEGAL}), probe.dense())}, advice)


def instructions_of_both(probe: Probe) -> Finding:
    """Give different instructions to the input and the request, and see whose hold."""
    known = {
        "the input's": probe.dense(item={"instructions": _LEGAL}),
        "the request's": probe.dense(instructions=_COOKING),
        "none": probe.dense(),
    }
    return judge_both(probe.dense(item={"instructions": _LEGAL}, instructions=_COOKING), known)


def judge_both(got: FloatArray, known: Mapping[str, FloatArray]) -> Finding:
    """Return whether the input's instructions hold alone."""
    likeness = cosine(got, known["the input's"])
    if is_one_of(got, "the input's", known):
        return ok(f"the input's hold, cosine {likeness:.4f}")
    advice = (
        "an input's instructions do not replace the request's: they are mixed, or lost; give instructions in one "
        "place only"
    )
    return failed(f"nearest to {nearest(got, known)}; to the input's: cosine {likeness:.4f}", advice)


def dimensions(probe: Probe) -> Finding:
    """Ask for each width, and for none."""
    came: dict[int, int | str] = {}
    for width in NOVA_DIMENSIONS:
        try:
            came[width] = len(probe.dense(dimensions=width))
        except RefusedError as error:
            came[width] = f"refused ({error})"
    return judge_dimensions(came, len(probe.dense()))


def judge_dimensions(came: Mapping[int, int | str], default: int) -> Finding:
    """Return whether the widths that came are those that were asked for; a text says why none came."""
    wrong = {width: seen for width, seen in came.items() if seen != width}
    if wrong:
        seen = ", ".join(f"{width}: {seen}" for width, seen in wrong.items())
        advice = (
            "the server does not honour `dimensions`: a store that was made for this width will refuse the vectors; "
            "leave dimensions out, or ask for a width that it has"
        )
        return failed(f"for {seen}", advice)
    if default != DEFAULT_DIMENSIONS:
        advice = f"without `dimensions` Nova's vectors are {DEFAULT_DIMENSIONS} wide: always say which width you want"
        return warning(f"all {len(came)}, but {default} wide where none is asked for", advice)
    return ok(f"{', '.join(map(str, came))}; {default} where none is asked for")


def unit_length(probe: Probe) -> Finding:
    """Measure the vectors of each width."""
    return judge_lengths({len(vector): float(np.linalg.norm(vector)) for vector in _of_all_widths(probe)})


def judge_lengths(lengths: Mapping[int, float]) -> Finding:
    """Return whether the vectors of each width have length 1."""
    seen = ", ".join(f"{width}: {length:.3f}" for width, length in lengths.items())
    if all(abs(length - 1) <= UNIT_TOLERANCE for length in lengths.values()):
        return ok(f"{min(lengths.values()):.3f} to {max(lengths.values()):.3f}")
    advice = (
        "vectors are not of length 1: dot products are no cosines, so score by cosine, or divide each vector by its "
        "length before you store it"
    )
    return failed(seen, advice)


def nested(probe: Probe) -> Finding:
    """Compare each narrower vector with the beginning of the widest."""
    widest, *narrow = sorted(_of_all_widths(probe), key=len, reverse=True)
    if not narrow:
        return skipped(f"only {len(widest)} is served")
    return judge_nested({len(vector): cosine(vector, widest[: len(vector)]) for vector in narrow})


def judge_nested(cosines: Mapping[int, float]) -> Finding:
    """Return whether each narrower vector points where the beginning of the widest does."""
    if min(cosines.values()) >= SAME:
        return ok(f"cosine {min(cosines.values()):.4f} or more")
    seen = ", ".join(f"{width}: cosine {value:.4f}" for width, value in cosines.items() if value < SAME)
    advice = (
        "a narrower vector is not the beginning of a wider one: do not cut stored vectors yourself; index anew for "
        "each width"
    )
    return failed(seen, advice)


def multivectors(probe: Probe) -> Finding:
    """Ask for a vector a token."""
    return judge_multivector(multi(probe.value(return_multivector=True)))


def judge_multivector(rows: FloatArray) -> Finding:
    """Return whether a text of several words has several rows of the right width."""
    count, width = rows.shape
    seen = f"{count} rows, {width} wide"
    if width != MULTIVECTOR_WIDTH:
        return failed(seen, f"Nova's multi-vectors are {MULTIVECTOR_WIDTH} wide: clients and stores will refuse these")
    if count == 1:
        return failed(seen, "a text of many tokens has one row: late interaction gains nothing over dense vectors")
    return ok(seen)


def multivector_width(probe: Probe) -> Finding:
    """Ask for a vector a token and for a width, which exclude each other."""
    answer = probe.asked(top={"return_multivector": True, "dimensions": NOVA_DIMENSIONS[0]})
    if answer.status in SUCCESS:
        return warning(f"answered, {answer.status}", "one of the two is ignored: never send both (NovaClient does not)")
    return ok(f"refused, {answer.status}")


def base64(probe: Probe) -> Finding:
    """Ask for the same vector as base64 and as numbers."""
    packed, plain = probe.value(encoding_format="base64"), probe.dense()
    if not isinstance(packed, str):
        advice = "base64 is ignored, so answers are several times larger than they need be; clients read both"
        return warning("a list of numbers", advice)
    return judge_base64(dense(packed), plain)


def judge_base64(packed: FloatArray, plain: FloatArray) -> Finding:
    """Return whether both hold the same numbers."""
    if len(packed) == len(plain) and cosine(packed, plain) >= SAME:
        return ok(f"largest difference {np.abs(packed - plain).max():.1g}")
    advice = (
        "base64 does not hold the vector as little-endian float32: clients that ask for it, as most do, get wrong "
        "vectors"
    )
    return failed(f"{len(packed)} numbers for {len(plain)}: cosine {cosine(packed, plain):.4f}", advice)


def _of_all_widths(probe: Probe) -> list[FloatArray]:
    """Return the vector of each width that is served."""
    found = [probe.dense()]
    for width in NOVA_DIMENSIONS:
        try:
            found.append(probe.dense(dimensions=width))
        except RefusedError:
            continue
    return list({len(vector): vector for vector in found}.values())
