"""Which notebooks still run? `python -m notebooks [NAME …]` runs them in place and keeps their outputs."""

import argparse
import sys
import time
from pathlib import Path

from notebooks.running import FOLDER, dirt, run, write


def main(arguments: list[str] | None = None) -> int:
    """Run the notebooks that are named, else all; return 1 if an output says what must not be committed."""
    parser = argparse.ArgumentParser(prog="python -m notebooks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="01_quickstart, or its beginning (default: all)")
    names = parser.parse_args(arguments).names
    found = [path for path in sorted(FOLDER.glob("*.ipynb")) if not names or path.name.startswith(tuple(names))]
    if not found:
        parser.error(f"no notebook is named {' or '.join(names)}")
    return max([_rerun(path) for path in found])


def _rerun(path: Path) -> int:
    began = time.perf_counter()
    notebook = run(path)
    write(notebook, path)
    bad = dirt(notebook)
    print(f"{path.name}: {time.perf_counter() - began:.0f} s", *bad, sep="\n  ")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
