"""Write the golden bytes of today's protocol version: `python -m tests.golden`.

Run it when a protocol version is released. The file of a released version never changes again.
"""

import json

from tests.golden import samples
from tests.golden.files import current_file


def main() -> None:
    """Write one line for each message: its name and its bytes as hex."""
    golden = {name: data.hex() for name, _, data in samples.messages()}
    current_file().write_text(json.dumps(golden, indent=0) + "\n")
    print(f"{current_file()}: {len(golden)} messages")


if __name__ == "__main__":
    main()
