"""ULIDs: 26 characters that sort by time; made by clients, one for each user action.

Layout: 48 bits of milliseconds since the epoch, 80 bits of randomness, Crockford base 32
(https://github.com/ulid/spec).
"""

import os
import re
import time

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ULID_PATTERN = "^[0-9A-HJKMNP-TV-Z]{26}$"
_PAIRS = tuple(first + second for first in ALPHABET for second in ALPHABET)
_PATTERN = re.compile(ULID_PATTERN)


def new_ulid() -> str:
    """Return a fresh ULID."""
    number = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10))
    return "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])


def is_ulid(text: str) -> bool:
    """Tell whether `text` is a ULID."""
    return _PATTERN.fullmatch(text) is not None
