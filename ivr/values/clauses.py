"""Where callers correct themselves: an utterance cut at "no", "sorry, I mean", «нет, не ..., а ...», and what is taken back marked."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.values.heard import Heard, Sort
from ivr.values.vocabulary import Vocabulary

MARKER_WORDS_MAX = 4


@dataclass(frozen=True, slots=True)
class Clause:
    """Tokens of one attempt at the value. negated: said not to be it. corrects: it was announced as better than what is before it.

    hedged: a bound rather than a value ("not more than two hundred").
    """

    span: range
    negated: bool = False
    corrects: bool = False
    hedged: bool = False


def clauses(heard: Heard, words: Vocabulary) -> tuple[Clause, ...]:
    """The attempts in an utterance, in order; empty ones are left out, but for the last after a marker ("4711, no, wait")."""
    found: list[Clause] = []
    start, negated, corrects = 0, False, False
    hedged, at, end = False, 0, len(heard.tokens)

    def close(until: int) -> None:
        nonlocal hedged
        if until > start:
            found.append(Clause(range(start, until), negated, corrects, hedged))
        hedged = False

    while at < end:
        token = heard.tokens[at]
        size = _marker(heard, words, at)
        if size:
            close(at)
            # A correction within what is taken back ends it; markers in a row are one.
            corrects = corrects or bool(found) or negated
            start, negated = at + size, False
            at = start
        elif token.text in words.negating and at + 1 < end and heard.tokens[at + 1].text in words.hedging:
            hedged, at = True, at + 2
        elif token.text in words.negating:
            close(at)
            start, negated, at = at + 1, True, at + 1
        elif negated and at > start and (token.pause or token.text in words.contrasting) and _solid(heard, words, start, at):
            close(at)
            start, negated, corrects = at + (token.text in words.contrasting), False, True
            at = max(at + 1, start)
        else:
            at += 1
    close(end)
    if start == end and corrects and found:
        found.append(Clause(range(end, end), corrects=True))
    return tuple(found)


def _marker(heard: Heard, words: Vocabulary, at: int) -> int:
    """How many tokens from here are a phrase of correction, the longest one; 0 for none."""
    for size in range(min(MARKER_WORDS_MAX, len(heard.tokens) - at), 0, -1):
        if tuple(token.text for token in heard.tokens[at : at + size]) in words.correcting:
            return size
    return 0


def _solid(heard: Heard, words: Vocabulary, first: int, last: int) -> bool:
    """Whether something that could be a value stands here, more than "not that"."""
    return any(token.sort is not Sort.WORD or len(token.text) > 2 for token in heard.tokens[first:last])
