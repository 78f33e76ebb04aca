"""What the engine is called and what it can do. The daemon imports this: it only declares."""

from typing import Annotated

import msgspec
from msgspec import Meta

from revo_edge.contract.kinds import Engine, Kind


class FindParams(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Find files with the same content."""

    folder: Annotated[
        str,
        Meta(description="The folder to look through.", extra_json_schema={"format": "path"}),
    ]
    pattern: Annotated[str, Meta(description="Only files whose name fits, as in *.jpg.")] = "*"
    min_bytes: Annotated[int, Meta(ge=0, description="Smaller files are left out.")] = 1


ENGINE = Engine("dupes", "Duplicates", colour="teal", icon="copy")
KINDS = ((Kind("dupes.find", "dupes", "Find duplicates", FindParams), "revo_dupes.work:find"),)
