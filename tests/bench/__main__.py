"""Run one benchmark: `python -m tests.bench NAME [ARGUMENT...]`; without a name, list them.

python -m tests.bench --save NAME [ARGUMENT...]    also keep it in docs/benchmarks
python -m tests.bench --markdown [FOLDER]          print docs/benchmarks.md from what is kept
"""

import importlib
import sys
from pathlib import Path

from revo_edge.clock import utc_now
from tests.bench import _page

NAMES = sorted(
    file.stem for file in Path(__file__).parent.glob("*.py") if not file.stem.startswith("_")
)
USAGE = (
    f"usage: python -m tests.bench [--save] {'|'.join(NAMES)} [ARGUMENT...]\n"
    "       python -m tests.bench --markdown [FOLDER]"
)


def main(argv: list[str]) -> int:
    """Import tests.bench.NAME and return what its main(argv) returns."""
    match argv:
        case ["--markdown", *rest]:
            print(_page.page(*map(Path, rest[:1])), end="")
            return 0
        case ["--save", name, *arguments] if name in NAMES:
            run = _page.measure(name, arguments, _page.date_of(utc_now()))
            print(f"kept in {_page.save(run)}", file=sys.stderr)
            return run.code
        case [name, *arguments] if name in NAMES:
            code: int = importlib.import_module(f"tests.bench.{name}").main(arguments)
            return code
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
