"""What an INFO within a call carries, and how it is answered (RFC 6086; keys as telephones send them)."""

from __future__ import annotations

# The library reads and answers these itself.
LIBRARY = frozenset({"application/dtmf-relay", "application/media_control+xml", "application/trickle-ice-sdpfrag"})
KEYS = {str(number): key for number, key in enumerate("0123456789*#ABCD")}  # RFC 4733 section 3.2: 10 is the star


def read_info(message: str) -> tuple[int, str]:
    """Status to answer with (0: the library does) and the key in it, if any.

    message: the whole request. A body of application/dtmf is one key, or the number of its event. An INFO without a body
    only asks whether the call lives (RFC 2976 section 2.2).
    """
    head, _, body = message.replace("\r\n", "\n").partition("\n\n")
    body = body.strip("\0\n ")
    if not body:
        return 200, ""
    kind = ""
    for line in head.splitlines()[1:]:
        name, _, value = line.partition(":")
        if name.strip().lower() in ("content-type", "c"):
            kind = value.partition(";")[0].strip().lower()
    if kind in LIBRARY:
        return 0, ""
    if kind != "application/dtmf":
        return 415, ""
    key = KEYS.get(body, body.upper())
    return (200, key) if key in KEYS.values() else (400, "")
