"""The base of what a request asks for."""

import msgspec


class Params(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Base of all params: an unknown field is an error."""
