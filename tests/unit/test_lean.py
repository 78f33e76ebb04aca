"""The daemon's digests come without OpenSSL and are the same."""

import hashlib
import subprocess
import sys

CODE = """
import revo_edge.lean
import hashlib, sys
print(hashlib.sha256(b"revo").hexdigest(), sys.modules["_hashlib"])
"""


def test_a_digest_without_openssl_is_the_same() -> None:
    found = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert found.stdout.split() == [hashlib.sha256(b"revo").hexdigest(), "None"]
