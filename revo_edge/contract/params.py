"""The base of what a request asks for, and what several of them say."""

from typing import Annotated

import msgspec
from msgspec import Meta

Page = Annotated[int, Meta(ge=1, le=1000)]
"""At most so many entries in one answer."""
WaitMs = Annotated[int, Meta(ge=0, le=60_000)]
"""An answer may be held back so long."""
NOTHING = msgspec.Raw()
"""The default of raw fields: left out when encoded (msgspec decodes no `Raw | None`)."""


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all params: an unknown field is an error."""
