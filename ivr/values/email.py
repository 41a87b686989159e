"""E-mail addresses, typed and said: "john dot smith at example dot com", «иван точка петров собака яндекс точка ру». RFC 5321, RFC 5322.

Only dot-atoms of letters, digits and . _ - + are understood; quoted local parts nobody says. Addresses come out in lower case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ivr.values.ask import Ask
from ivr.values.finding import Finding, Reason, found, incomplete, refused
from ivr.values.heard import Heard, Sort
from ivr.values.letters import letter
from ivr.values.numerals import numerals
from ivr.values.transliteration import latin

_TYPED = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LOCAL = re.compile(r"[a-z0-9](?:[a-z0-9_+-]|\.(?=[a-z0-9_+-]))*", re.ASCII)
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,63}")
LOCAL_MAX, ADDRESS_MAX = 64, 254  # RFC 5321 section 4.5.3.1.1; RFC 3696 erratum 1690
# Providers as people name them, without what follows the dot.
PROVIDERS = {
    "gmail": "gmail.com", "yandex": "yandex.ru", "ya": "ya.ru", "mail": "mail.ru", "hotmail": "hotmail.com", "outlook": "outlook.com",
    "yahoo": "yahoo.com", "icloud": "icloud.com", "rambler": "rambler.ru", "bk": "bk.ru", "list": "list.ru", "inbox": "inbox.ru",
}  # fmt: skip
ENDINGS = frozenset("com org net ru рф info edu gov io co uk de fr eu ua by kz su me biz name dev app pro online".split())
_SPELLED, _WORDS, _TRANSLITERATED, _GUESSED_HOST = 0.9, 0.72, 0.66, 0.66


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of an address in tokens `first` to `last` (exclusive): text, and how sure of its spelling."""

    text: str
    first: int
    last: int
    sure: float


def email(heard: Heard, span: range, ask: Ask) -> Finding:
    """The address in these tokens."""
    said = heard.text(span.start, span.stop)
    if typed := _TYPED.search(said):
        claimed = {
            at for at in span if heard.tokens[at].start - heard.tokens[span.start].start in range(typed.start(), typed.end())
        }
        return _checked(typed.group().lower(), 1.0, heard.rest(claimed, ask.idle, span), ask)
    parts = _parts(heard, span, ask)
    ats = [at for at, part in enumerate(parts) if part.text == "@"]
    if not ats:
        return refused(ask.kind, rest=heard.rest((), ask.idle, span))
    middle = ats[-1]
    begin = _begin(heard, parts[:middle], ask)
    local, domain, surest = parts[begin:middle], parts[middle + 1 :], 1.0
    host, certainty, size = _host(domain)
    local = _respelled(local)
    used = [*local, parts[middle], *domain[:size]]
    rest = heard.rest({at for part in used for at in range(part.first, part.last)}, ask.idle, span)
    name = "".join(part.text for part in local)
    if not host and not name:
        return refused(ask.kind, rest=said)
    if not host or not name:
        return incomplete(ask.kind, f"{name}@{host}", f"{name}@{host}", Reason.NO_DOMAIN if not host else Reason.NO_VALUE, rest)
    surest = min(certainty, *(part.sure for part in used))
    return _checked(f"{name}@{host}", surest, rest, ask)


def _checked(address: str, score: float, rest: str, ask: Ask) -> Finding:
    local, _, domain = address.rpartition("@")
    if len(local) > LOCAL_MAX or len(address) > ADDRESS_MAX:
        return refused(ask.kind, Reason.TOO_LONG, address, rest)
    if not _LOCAL.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        return refused(ask.kind, Reason.NO_VALUE, address, rest)
    return found(ask.kind, address, address, score, rest=rest)


def _parts(heard: Heard, span: range, ask: Ask) -> list[_Part]:
    """Signs, figures, letters and words in order, each as it is written in an address."""
    begins = {one.first: one for one in numerals(heard, ask.words, span) if not one.ordinal}
    parts: list[_Part] = []
    at = span.start
    while at < span.stop:
        for size in (4, 3, 2, 1):
            if tuple(token.text for token in heard.tokens[at : min(at + size, span.stop)]) in ask.words.unsaid:
                at += size
                break
        if at >= span.stop:
            break
        parts.append(
            _part(heard, at, span.stop, ask) if at not in begins else _Part(begins[at].digits, at, begins[at].last, _SPELLED)
        )
        at = parts[-1].last
    return parts


def _part(heard: Heard, at: int, stop: int, ask: Ask) -> _Part:
    token = heard.tokens[at]
    for size in (2, 1):
        phrase = tuple(one.text for one in heard.tokens[at : min(at + size, stop)])
        if len(phrase) == size and (sign := ask.words.signs.get(phrase) or ask.words.hosts.get(phrase)):
            return _Part(sign, at, at + size, 1.0)
    one = letter(heard, at, stop, ask, ask.words.latin)
    # A spelling word alone is rather a name in an address («иван»), unless a letter stands before it; names of letters are letters.
    if one is not None and (len(token.text) <= 2 or one.last > at + 1 or token.text in ask.words.spelt):
        return _Part(one.text, at, one.last, _SPELLED)
    if token.sort is not Sort.WORD:
        return _Part("", at, at + 1, 1.0)
    if token.text.isascii():
        return _Part(token.text, at, at + 1, 1.0 if token.text in ENDINGS or token.text in PROVIDERS else _WORDS)
    return _Part(latin(token.text), at, at + 1, _TRANSLITERATED)


def _begin(heard: Heard, parts: list[_Part], ask: Ask) -> int:
    """Where the address begins: behind a pause after other words, and behind "my e-mail is"."""
    spoken = [heard.tokens[part.first].text for part in parts]
    begin = max((at + 1 for at, word in enumerate(spoken[:-1]) if word in ask.words.introducing), default=0)
    for at, part in enumerate(parts):
        idle = all(heard.tokens[one].text in ask.idle for one in range(part.first, part.last))
        if (
            at
            and heard.tokens[part.first].pause
            and not any(one.text in ".-_+" for one in (parts[at - 1], part))
            and part.sure < _SPELLED
        ):
            begin = at
        spelled = part.sure == _SPELLED and at + 1 < len(parts) and parts[at + 1].sure >= _SPELLED  # «эм» may be a letter
        if idle and at == begin and at + 1 < len(parts) and part.text not in (".", "-", "_") and not spelled:
            begin = at + 1
    return begin


def _respelled(parts: list[_Part]) -> list[_Part]:
    """Without a word that is spelled after it: "smith, s m i t h"."""
    kept: list[_Part] = []
    for at, part in enumerate(parts):
        rest = parts[at + 1 : at + 1 + len(part.text)]
        again = len(part.text) > 1 and len(rest) == len(part.text) and "".join(one.text for one in rest) == part.text
        if not again or any(one.sure < _SPELLED for one in rest):
            kept.append(part)
    return kept


def _host(parts: list[_Part]) -> tuple[str, float, int]:
    """The domain after the @, how sure, and of how many parts; "" where it has no end yet."""
    text, certainty, best = "", 1.0, ("", 0.0, 0)
    for at, part in enumerate(parts, 1):
        if part.text in ("@", ""):
            break
        joined = bool(text) and not text.endswith((".", "-")) and part.text not in (".", "-")
        if joined and part.text in ENDINGS and "." not in text:
            text, certainty = text + ".", _GUESSED_HOST  # "gmail com"
        elif joined and best[0] and part.sure < _SPELLED:
            break  # words after the address
        text += part.text
        if "." in text and text.rpartition(".")[2] in ENDINGS:
            best = (text, certainty, at)
    if best[0]:
        return best
    if text in PROVIDERS:
        return PROVIDERS[text], _GUESSED_HOST, len(parts)
    return (text, _GUESSED_HOST, len(parts)) if _DOMAIN.fullmatch(text) else ("", 0.0, 0)
