"""From what a mail shows to what its writer said: HTML as text, quotes and signatures stripped, in English and Russian.

RFC 3676 section 4.3 (signature "-- "), sections 4.2 and 4.5 (quotes ">"); the rest is how mail programs write, which no standard says.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = {
    "p",
    "div",
    "br",
    "tr",
    "li",
    "ul",
    "ol",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "pre",
    "hr",
    "section",
    "article",
}
_SILENT = {"script", "style", "head", "title", "template", "noscript", "object", "svg", "math", "select", "textarea"}
_QUOTES = {"blockquote"}
_VOID = {"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d]*[1-9])", re.IGNORECASE)

_DATE = r"(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{2}-\d{2}|\d{1,2}\s+\w{3,9}\.?,?\s+\d{4}|\w{3,9}\.?\s+\d{1,2},?\s+\d{4})"
_WROTE = r"(?:wrote|writes|said|пишет|писал\(?а?\)?|писала|написал\(?а?\)?|написала|сообщил\(?а?\)?|сообщает)"
_ATTRIBUTION = re.compile(
    rf"^\W{{0,3}}(?:(?:on|в|во)\b.{{0,300}}\b{_WROTE}\b.{{0,100}}:|.{{0,80}}{_DATE}.{{0,300}}(?:\b{_WROTE}\b.{{0,100}}:|<[^<>]+@[^<>]+>\s*:)"
    rf"|.{{0,200}}<[^<>\s]+@[^<>\s]+>.{{0,40}}\b{_WROTE}\b\s*:)\s*$",
    re.IGNORECASE,
)
_BEGINS = re.compile(rf"^\W{{0,3}}(?:(?:on|в|во)\b|.{{0,40}}{_DATE})", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"^\W{0,2}[-_=]{2,}\s*(?:original (?:message|appointment)|forwarded message|исходное сообщение|пересылаемое сообщение"
    r"|конец пересылаемого сообщения|пересланное сообщение|begin forwarded message)\s*[-_=]*\s*$|^_{20,}\s*$"
    r"|^begin forwarded message:\s*$",
    re.IGNORECASE,
)
_BLOCK_FROM = re.compile(r"^[*\s]*(?:from|от|от кого)\s*:[*\s]*\S", re.IGNORECASE)
_BLOCK_NEXT = re.compile(r"^[*\s]*(?:sent|date|to|subject|cc|отправлено|дата|кому|тема|копия)\s*:", re.IGNORECASE)
_DASHES = re.compile(r"^\W{0,2}-{10,}\s*$")
_DEVICE = re.compile(
    r"^\W*(?:sent (?:from|via|with) (?:my |mail for |outlook|yahoo|proton|the )|get outlook for|sent from mail\b"
    r"|отправлено (?:с|из|через) (?:моего |iphone|ipad|android|мобильн|устройств|яндекс|почты|samsung|mail\b))",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"^\W{0,2}(?:(?:(?:with )?(?:best|kind|warm|many) (?:regards|wishes|thanks)|regards|yours (?:sincerely|faithfully|truly)|sincerely"
    r"|cheers)|(?:с )?(?:наилучшими пожеланиями|уважением)|с ув(?:\.|аж\.?)|всего (?:доброго|хорошего|наилучшего))(?!\w).{0,60}$",
    re.IGNORECASE,
)
_CLOSING_LINES = 8  # a closing that stands higher up is part of what is said


class _Text(HTMLParser):
    """Visible text of an HTML mail; quoted blocks get ">" before their lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = []
        self._line: list[str] = []
        self._open: list[tuple[str, bool, bool]] = []
        self._silent = self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self._break(blank=tag == "br")
        if tag in _VOID:
            return
        known = {name: value or "" for name, value in attrs}
        silent = tag in _SILENT or "hidden" in known or bool(_HIDDEN.search(known.get("style", "")[:500]))
        quoted = tag in _QUOTES or "gmail_quote" in known.get("class", "")
        if quoted:
            self._break()
        self._open.append((tag, silent, quoted))
        self._silent += silent
        self._quoted += quoted

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if tag in _BLOCKS:
            self._break()
        if not any(name == tag for name, _, _ in self._open[-50:]):
            return
        while self._open:
            name, silent, quoted = self._open.pop()
            if quoted:
                self._break()
            self._silent -= silent
            self._quoted -= quoted
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._line.append(data)

    def _break(self, blank: bool = False) -> None:
        text = re.sub(r"\s+", " ", "".join(self._line)).strip()
        self._line.clear()
        if text or (blank and self.lines and self.lines[-1]):
            self.lines.append(f"> {text}" if self._quoted else text)

    def text(self) -> str:
        self._break()
        return "\n".join(self.lines).strip()


def from_html(markup: str) -> str:
    """The visible text: no scripts, no hidden parts, no addresses of links; quoted blocks as ">" lines."""
    reader = _Text()
    reader.feed(markup)
    reader.close()
    return reader.text()


def said(text: str) -> tuple[str, bool]:
    """What the writer himself said, and whether something was stripped. Where nothing would be left, all of it stays."""
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").split("\n")]
    own = _without_signature(_without_quotes(lines))
    kept = _squeezed(own)
    if kept:
        return kept, sum(map(bool, own)) < sum(map(bool, lines))
    return _squeezed([re.sub(r"^[>\s]+", "", line) for line in lines]), False


def _without_quotes(lines: list[str]) -> list[str]:
    own: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.lstrip().startswith((">", "|>")):
            at += 1
            continue
        taken = _attribution(lines, at)
        if taken:
            rest = lines[at + taken :]
            if not any(one.lstrip().startswith(">") for one in rest[:3]):
                break  # everything below is the mail that was answered, without marks
            at += taken
            continue
        if _SEPARATOR.match(line) or (_BLOCK_FROM.match(line) and any(_BLOCK_NEXT.match(one) for one in lines[at + 1 : at + 4])):
            break
        if _DASHES.match(line) and _BLOCK_NEXT.match("".join(lines[at + 1 : at + 2])):
            break  # Yandex on a phone: who, what, then the attribution
        own.append(line)
        at += 1
    return own


def _attribution(lines: list[str], at: int) -> int:
    """How many lines "On ... wrote:" takes here: 0 for none, up to 3 where it was wrapped."""
    for taken in (1, 2, 3):
        wrapped = [line.strip() for line in lines[at : at + taken]]
        if not all(wrapped) or len(wrapped) < taken or sum(map(len, wrapped)) > 500:
            return 0
        if wrapped[-1].endswith(":") and _ATTRIBUTION.match(" ".join(wrapped)):
            # What stands before a whole attribution is no part of it: "On Friday" may be the answer, not the beginning of a date.
            later = any(
                _ATTRIBUTION.match(" ".join(wrapped[first:])) and (_BEGINS.match(wrapped[first]) or not _BEGINS.match(wrapped[0]))
                for first in range(1, taken)
            )
            return 0 if later else taken
    return 0


def _without_signature(lines: list[str]) -> list[str]:
    for at, line in enumerate(lines):
        if line in ("--", "-- ", "—") or _DEVICE.match(line):
            lines = lines[:at]
            break
    filled = [at for at, line in enumerate(lines) if line.strip()]
    for at in filled[-_CLOSING_LINES:]:
        if _CLOSING.match(lines[at]):
            return lines[:at]
    return lines


def _squeezed(lines: list[str]) -> str:
    """No control characters, at most one empty line in a row."""
    clean = ["".join(sign for sign in line if sign.isprintable() or sign == "\t").rstrip() for line in lines]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(clean)).strip()
