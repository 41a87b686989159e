"""Signatures of webhooks, in and out, as Standard Webhooks 1.0 has them: HMAC-SHA256 over `id.timestamp.body`, the body as it came.

    webhook-id: evt_4711        webhook-timestamp: 1795417200        webhook-signature: v1,base64 v1,base64
    key: whsec_ and 24 to 64 bytes in base64

Several keys may be good at once: that is how a key is changed without a pause.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path

from voice.errors import ConfigError, HotlineError

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
PREFIX, VERSION = "whsec_", "v1"
KEY_BYTES = (24, 64)
TOLERANCE_S = 300
SIGNATURES_MAX = 10  # in one header
_ID = re.compile(r"[!-~]{1,255}")


class Unsigned(HotlineError):
    """The signature does not hold. `why`: "missing", "malformed", "old", "future" or "wrong"; for the log, not for the sender."""

    def __init__(self, why: str) -> None:
        super().__init__(f"a request whose signature does not hold ({why})")
        self.why = why


def key(text: str) -> bytes:
    """The key that "whsec_..." spells. Raises ConfigError, which never shows it."""
    try:
        found = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if not text.startswith(PREFIX) or not KEY_BYTES[0] <= len(found) <= KEY_BYTES[1]:
        raise ConfigError("a webhook key is not as it should be", f"It is {PREFIX} and 24 to 64 random bytes in base64.")
    return found


def keys(texts: Iterable[str], files: Iterable[str] = ()) -> list[bytes]:
    """Keys as the settings name them, and those that stand in files of their own. Raises ConfigError."""
    found = [key(text) for text in texts]
    for name in files:
        try:
            found.append(key(Path(name).expanduser().read_text(encoding="ascii").strip()))
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"the key file {name} cannot be read ({type(error).__name__})", "Check the name and its rights."
            ) from None
    return found


def new_key() -> str:
    """A new key, to be given to the other side."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(by: Iterable[bytes], name: str, at_s: int, body: bytes) -> dict[str, str]:
    """The three header fields. One signature by each key."""
    signatures = " ".join(f"{VERSION},{_mac(secret, name, str(at_s), body)}" for secret in by)
    return {ID: name, TIMESTAMP: str(at_s), SIGNATURE: signatures}


def verify(owners: Mapping[str, Iterable[bytes]], fields: Mapping[str, str], body: bytes, now_s: float) -> tuple[str, str]:
    """(whose key it was, webhook-id). owners: their keys; fields: header names in lower case or a case-blind mapping.

    Every key is tried whatever came before, so that the time it takes tells nothing. Raises Unsigned.
    """
    name, at, given = (fields.get(field, "") for field in (ID, TIMESTAMP, SIGNATURE))
    if not (name and at and given):
        raise Unsigned("missing")
    if not _ID.fullmatch(name) or not re.fullmatch(r"[0-9]{1,12}", at) or not given.isascii():
        raise Unsigned("malformed")
    if int(at) < now_s - TOLERANCE_S:
        raise Unsigned("old")
    if int(at) > now_s + TOLERANCE_S:
        raise Unsigned("future")
    shown = [
        mac.encode() for one in given.split()[:SIGNATURES_MAX] for version, _, mac in [one.partition(",")] if version == VERSION
    ]
    owner = ""
    for whose, secrets_of in owners.items():
        for secret in secrets_of:
            right = _mac(secret, name, at, body).encode()
            for mac in shown:
                if hmac.compare_digest(right, mac):
                    owner = owner or whose
    if not owner:
        raise Unsigned("wrong")
    return owner, name


def _mac(secret: bytes, name: str, at: str, body: bytes) -> str:
    return base64.b64encode(hmac.new(secret, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
