"""What was said, cut into tokens that remember where they stood: words, figures, signs. Unicode NFKC (UAX #15)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

TOKENS_MAX = 160  # nobody answers a question with more; the rest would only cost time

_TOKEN = re.compile(
    r"(?P<ordinal>\d+(?:st|nd|rd|th|-?(?:го|ого|ому|му|ое|ые|ый|ой|ий|ым|ми|е|й))(?![^\W\d_]))"
    r"|(?P<figures>\d+(?:[.,:/\-–]\d+)*)"
    r"|(?P<word>[^\W\d_]+(?:['’`][^\W\d_]+)*)"
    r"|(?P<joint>(?<=\w)-(?=\w))"
    r"|(?P<sign>[@+_%$€£₽#*/&-])"
    r"|(?P<pause>[,.;:!?…—–()\"«»\n]+)",
    re.IGNORECASE,
)


class Sort(Enum):
    """What a token is."""

    WORD = auto()
    FIGURES = auto()
    ORDINAL = auto()  # figures with an ending: 3rd, 3-го
    SIGN = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """`text` in lower case, ё as е, without apostrophes; figures of an ordinal without the ending. pause: a comma or so before it.

    glued: nothing stands between it and the token before.
    """

    text: str
    sort: Sort
    start: int
    end: int
    pause: bool
    glued: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """One utterance: the text (NFKC) and its tokens."""

    source: str
    tokens: tuple[Token, ...]

    def text(self, first: int, last: int) -> str:
        """The utterance from token `first` up to, not including, token `last`, as it was said."""
        return self.source[self.tokens[first].start : self.tokens[last - 1].end] if first < last else ""

    def rest(self, claimed: Collection[int], idle: Collection[str], span: Iterable[int] | None = None) -> str:
        """What stands beside the claimed tokens, as it was said; runs of idle words are left out."""
        runs: list[list[int]] = [[]]
        for at in range(len(self.tokens)) if span is None else span:
            if at in claimed:
                runs.append([])
            else:
                runs[-1].append(at)
        telling = (
            run for run in runs if not all(self.tokens[at].sort is Sort.SIGN or self.tokens[at].text in idle for at in run)
        )
        return " ".join(self.text(run[0], run[-1] + 1) for run in telling)


@lru_cache(maxsize=1024)
def heard(text: str) -> Heard:
    """The tokens of `text`."""
    source = unicodedata.normalize("NFKC", text)
    tokens: list[Token] = []
    pause, end = False, -1
    for match in _TOKEN.finditer(source):
        if match.lastgroup == "pause":
            pause = True
            continue
        if match.lastgroup == "joint":  # forty-seven, кто-то
            continue
        plain = match.group().lower().replace("ё", "е")
        sort = _SORTS[match.lastgroup or "sign"]
        if sort is Sort.WORD:
            plain = re.sub(r"['’`]", "", plain)
        elif sort is Sort.ORDINAL:
            plain = re.match(r"\d+", plain).group()  # type: ignore[union-attr]
        tokens.append(Token(plain, sort, match.start(), match.end(), pause and bool(tokens), match.start() == end))
        pause, end = False, match.end()
        if len(tokens) == TOKENS_MAX:
            break
    return Heard(source, tuple(tokens))


_SORTS = {"ordinal": Sort.ORDINAL, "figures": Sort.FIGURES, "word": Sort.WORD, "sign": Sort.SIGN}
