"""Secrets in a stack file, encrypted by a passphrase as `pulumi config set --secret` does it.

The format is that of pulumi/pulumi, sdk/go/common/resource/config/crypt.go and pkg/secrets/passphrase/manager.go: a key
by PBKDF2 with SHA-256, values by AES-256-GCM, and beside the salt the encrypted word that shows a wrong passphrase.
"""

import base64
import hashlib

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ROUNDS = 1_000_000
# The same each time: what a stack has in its state was encrypted under it.
_SALT = b"test-lab"


class Passphrase:
    """salt: what the stack file has under `encryptionsalt`."""

    def __init__(self, passphrase: str):
        key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), _SALT, ROUNDS, 32)
        self._cipher = AESGCM(key)
        self.salt = f"v1:{_text(_SALT)}:{self._encrypted('pulumi')}"

    def secure(self, value: str) -> dict[str, str]:
        """`value` as it stands in a stack file."""
        return {"secure": self._encrypted(value)}

    def _encrypted(self, value: str) -> str:
        # One nonce for each value. Test values are no secrets of anybody.
        nonce = hashlib.sha256(value.encode()).digest()[:12]
        return f"v1:{_text(nonce)}:{_text(self._cipher.encrypt(nonce, value.encode(), None))}"


def _text(raw: bytes) -> str:
    return base64.standard_b64encode(raw).decode()
