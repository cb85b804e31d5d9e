"""What a server of each kind is asked for under each task; `python -m tests.dialects.recorded` pins it anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nova_embeddings import ConfigurationError
from tests.dialects.cases import CASES, TASKS

if TYPE_CHECKING:
    from tests.dialects.cases import Case
    from tests.fake_nova import FakeNova

GOLDEN = Path(__file__).parents[1] / "contract" / "golden" / "dialects"


def recorded(case: Case, fake: FakeNova) -> dict[str, Any]:
    """Return path and body for each task, or why there is none."""
    client = case.client(fake)
    found: dict[str, Any] = {}
    for task in TASKS:
        before = len(fake.seen)
        try:
            client.embed(["hello", "you"], task)
        except ConfigurationError as error:
            found[task] = {"refused": str(error)}
            continue
        [seen] = fake.seen[before:]
        found[task] = {"path": seen.path, "body": seen.body}
    return found


def main() -> None:
    """Write the golden files."""
    from tests.fake_nova import FakeNova  # noqa: PLC0415 (for this command alone)

    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, case in CASES.items():
        with FakeNova().running() as fake:
            text = json.dumps(recorded(case, fake), indent=1, ensure_ascii=False)
        (GOLDEN / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
