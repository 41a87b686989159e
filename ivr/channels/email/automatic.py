"""Was this written by a person? Automatic mail is never answered (RFC 3834 sections 2 and 5; RFC 2369, RFC 2919, RFC 3464)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ivr.channels.email.letter import Origin

Fields = Callable[[str], Sequence[str]]

_LISTS = ("list-id", "list-unsubscribe", "list-post", "list-help", "list-subscribe", "list-owner", "list-archive")
_BULK = {"bulk", "junk", "list"}
_ROBOTS = ("mailer-daemon", "postmaster", "noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "bounce", "bounces",
           "autoreply", "auto-reply", "listserv", "majordomo")  # fmt: skip
_TAILS = ("-request", "-owner", "-bounces", "-relay", "-noreply")  # RFC 3834 section 2: addresses of list machinery
_SUBJECTS = re.compile(
    r"^\W*(?:auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office|undeliver(?:ed|able)|delivery status notification"
    r"|mail delivery (?:failed|system)|returned mail|автоматический ответ|автоответ|вне офиса|недоставленное"
    r"|сообщение не доставлено|не удалось доставить)",
    re.IGNORECASE,
)


def origin(fields: Fields, kind: str, sender: str, envelope: str | None, subject: str, ours: bool) -> Origin:
    """Who wrote it.

    fields: header name (lower case) -> its values. kind: content type of the whole. envelope: its sender, "" for the null
    reverse path (RFC 5321 section 4.5.5), None where unknown. ours: its Message-ID or its loop mark is the house's own.
    """
    if ours:
        return Origin.OURSELVES
    local = sender.partition("@")[0].casefold()
    if envelope == "" or kind in ("multipart/report", "message/delivery-status") or local in ("mailer-daemon", "postmaster"):
        # A vacation note may use the null sender too; both are never answered.
        return Origin.AUTOMATIC if _submitted(fields).startswith("auto-replied") else Origin.BOUNCE
    if _submitted(fields) not in ("", "no"):
        return Origin.AUTOMATIC
    precedence = {value.strip().casefold() for value in fields("precedence")}
    if any(fields(name) for name in _LISTS) or precedence & _BULK:
        return Origin.LIST
    if precedence & {"auto_reply"} or any(fields(name) for name in ("x-autoreply", "x-autorespond", "x-auto-reply-from")):
        return Origin.AUTOMATIC
    if local in _ROBOTS or local.endswith(_TAILS) or local.startswith("owner-") or _SUBJECTS.match(subject):
        return Origin.AUTOMATIC
    return Origin.PERSON


def _submitted(fields: Fields) -> str:
    """Auto-Submitted without its parameters and comments (RFC 3834 section 5)."""
    values = [re.sub(r"\([^()]*\)", "", value).partition(";")[0].strip().casefold() for value in fields("auto-submitted")]
    return next((value for value in values if value != "no"), values[0] if values else "")
