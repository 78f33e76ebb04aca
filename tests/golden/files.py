"""The golden files: revo_MAJOR_MINOR.json for each released version of the protocol."""

import json
from pathlib import Path

from revo_edge.contract.codec import PROTOCOL_MINOR, PROTOCOL_VERSION

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("revo_*.json"))


def current_file() -> Path:
    """Return the file of today's protocol version."""
    return FOLDER / f"revo_{PROTOCOL_VERSION}_{PROTOCOL_MINOR}.json"


def read(file: Path) -> dict[str, bytes]:
    """Return the bytes of each message by name."""
    return {name: bytes.fromhex(text) for name, text in json.loads(file.read_text()).items()}
