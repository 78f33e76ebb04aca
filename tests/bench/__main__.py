"""Run one benchmark: `python -m tests.bench NAME [ARGUMENT...]`; without a name, list them."""

import importlib
import sys
from pathlib import Path

NAMES = sorted(
    file.stem for file in Path(__file__).parent.glob("*.py") if not file.stem.startswith("_")
)


def main(argv: list[str]) -> int:
    """Import tests.bench.NAME and return what its main(argv) returns."""
    if not argv or argv[0] not in NAMES:
        print(f"usage: python -m tests.bench {'|'.join(NAMES)} [ARGUMENT...]", file=sys.stderr)
        return 2
    module = importlib.import_module(f"tests.bench.{argv[0]}")
    code: int = module.main(argv[1:])
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
