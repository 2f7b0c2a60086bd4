"""The text of an API key: `rs_live_<key_id>_<secret>`."""

import hashlib
import re
import secrets
from dataclasses import dataclass

PREFIX = "rs_live_"
_KEY_ID_BYTES = 8
_SECRET_BYTES = 32
_SHAPE = re.compile(r"rs_live_(?P<key_id>[0-9a-f]{16})_(?P<secret>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class KeyText:
    """The two parts of a key; `str()` joins them, `repr()` hides the secret."""

    key_id: str
    secret: str

    def __str__(self) -> str:
        return f"{PREFIX}{self.key_id}_{self.secret}"

    def __repr__(self) -> str:
        return f"KeyText({self.key_id!r}, secret=…)"

    @property
    def secret_sha256(self) -> str:
        """Return the hash that is kept instead of the secret, as hex digits."""
        return hashlib.sha256(self.secret.encode()).hexdigest()


def draw_key() -> KeyText:
    """Return a new key with a random 64-bit id and a 256-bit secret."""
    return KeyText(secrets.token_hex(_KEY_ID_BYTES), secrets.token_hex(_SECRET_BYTES))


def parse_key(text: str) -> KeyText | None:
    """Return the parts of a key's text, or None when it has another shape."""
    match = _SHAPE.fullmatch(text)
    return KeyText(match["key_id"], match["secret"]) if match else None
