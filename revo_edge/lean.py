"""Imported before anything else by the daemon and the desktop: digests without OpenSSL, which takes 3.4 MB.

`hashlib` has its own sha256 and uses it where Python was built without OpenSSL; hiding the module
that binds OpenSSL makes it so here. Neither opens a TLS connection.
"""

import sys

sys.modules.setdefault("_hashlib", None)  # type: ignore[arg-type]  # None means: not to be found
