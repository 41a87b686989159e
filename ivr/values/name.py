"""Names as they were said: «меня зовут Иван Петров», "it's Smith, S M I T H". What is spelled corrects what was heard."""

from __future__ import annotations

from rapidfuzz import fuzz

from ivr.languages import language
from ivr.understand.yes_no import yes_no
from ivr.values.ask import Ask
from ivr.values.finding import Finding, Reason, found, refused
from ivr.values.heard import Heard, Sort
from ivr.values.letters import letter
from ivr.values.numerals import numerals

WORDS_MAX = 5
PARTICLES = frozenset("van von de der den da di du la le el al bin ibn ван фон де да ди ибн бин оглы кызы".split())
_SAID, _SPELLED, _SMALL_WORD_COST, _LONG_COST, _COMMON = 0.85, 0.95, 0.2, 0.06, 0.65
_ALIKE = 55  # a spelled word this similar (of 100) to the one before it is that word


def name(heard: Heard, span: range, ask: Ask) -> Finding:
    """The name in these tokens."""
    first, last = _bare(heard, span, ask)
    if first >= last:
        return refused(ask.kind)
    said, at, spelled, small = list[str](), first, False, 0
    numbers = {one.first: one for one in numerals(heard, ask.words, range(first, last)) if not one.weak}
    while at < last:
        word, after = _spelled(heard, at, last, ask)
        if (size := _announced(heard, at, last, ask)) and said:
            after = at + size  # "... and my last name is ..."
        elif word and said and len(word) == 2 and fuzz.ratio(said[-1].lower(), word.lower()) < _ALIKE:
            pass  # "Jones with a J" spells nothing
        elif word:
            spelled = True
            if said and fuzz.ratio(said[-1].lower(), word.lower()) >= _ALIKE:
                said.pop()
            said.append(_cased(word))
        elif at in numbers:
            return refused(ask.kind, rest=heard.text(first, last))
        elif heard.tokens[at].sort is Sort.WORD:
            token = heard.tokens[at]
            # A small word that was written with a capital inside the sentence is a name («Анна Ли»).
            idle = token.text in ask.idle and not (said and heard.source[token.start].isupper())
            small += idle and token.text not in ask.words.polite and (token.text,) not in ask.words.naming
            if not idle or not said:
                said.append(_word(heard, at, bool(said)))
            after = at + 1
        at = max(after, at + 1)
    return _judged(said, spelled, 0 if spelled else small, heard, range(first, last), ask)


def _judged(said: list[str], spelled: bool, small: int, heard: Heard, span: range, ask: Ask) -> Finding:
    whole = _joined(said, heard, span)
    letters = sum(sign.isalpha() for sign in whole)
    plain = _plain(whole)
    if not said or (not spelled and len(said) <= 2 and yes_no(plain, ask.language) is not None):
        return refused(ask.kind)
    if letters < max(ask.limits.length_min, 2):
        return refused(ask.kind, Reason.TOO_SHORT, whole)
    if len(said) > WORDS_MAX or (ask.limits.length_max and letters > ask.limits.length_max):
        return refused(ask.kind, Reason.TOO_LONG, whole)
    tokens = heard.tokens[span.start : span.stop]
    if not spelled and (all(token.text in ask.idle for token in tokens) or _is_command(plain, ask)):
        return refused(ask.kind, rest=heard.text(span.start, span.stop))
    common = not spelled and ask.words.common is not None and ask.words.common(said)
    score = _SPELLED if spelled else _COMMON if common else _SAID
    return found(ask.kind, whole, whole, max(0.0, score - _SMALL_WORD_COST * small - _LONG_COST * max(0, len(said) - 3)))


def _plain(word: str) -> str:
    return word.lower().replace("ё", "е")


def _is_command(text: str, ask: Ask) -> bool:
    """Whether this is something that is understood everywhere ("operator")."""
    return any(text in phrases for phrases in language(ask.language).commands.values())


def _bare(heard: Heard, span: range, ask: Ask) -> tuple[int, int]:
    """The tokens without "my name is" before and "speaking", "please" after."""
    first, last = span.start, span.stop
    moved = True
    while moved and first < last and not _spelled(heard, first, last, ask)[0]:
        moved = False
        for phrase in ask.words.naming:
            if tuple(token.text for token in heard.tokens[first : first + len(phrase)]) == phrase and first + len(phrase) <= last:
                first, moved = first + len(phrase), True
                break
        if not moved and heard.tokens[first].text in ask.words.polite:
            first, moved = first + 1, True
    moved = True
    while moved and first < last:
        moved = False
        for phrase in ask.words.named:
            if tuple(token.text for token in heard.tokens[last - len(phrase) : last]) == phrase and last - len(phrase) >= first:
                last, moved = last - len(phrase), True
                break
        letter_name = len(heard.tokens[last - 1].text) == 1 and last - first > 1 and len(heard.tokens[last - 2].text) == 1
        if not moved and not letter_name and heard.tokens[last - 1].text in ask.words.polite:
            last, moved = last - 1, True
    return first, last


def _announced(heard: Heard, at: int, stop: int, ask: Ask) -> int:
    """How many tokens from here announce a name ("my last name is"), two at least; 0 for none."""
    for phrase in ask.words.naming:
        if 2 <= len(phrase) <= stop - at and tuple(token.text for token in heard.tokens[at : at + len(phrase)]) == phrase:
            return len(phrase)
    return 0


def _spelled(heard: Heard, at: int, stop: int, ask: Ask) -> tuple[str, int]:
    """A word spelled from here on, at least two letters long, and where it ends; ("", at) where none is."""
    row, after, table = "", at, ask.words.letters
    sure = 0
    while after < stop:
        if row and heard.tokens[after].text in ask.words.spaces:
            row, after = row + ask.words.spaces[heard.tokens[after].text], after + 1
            continue
        one = letter(heard, after, stop, ask, table)
        if one is None or not (one.last > after + 1 or len(heard.tokens[after].text) == 1 or (row and one.sure is False)):
            break
        row, after, sure = row + one.text, one.last, sure + one.sure
    return (row.strip(" -'"), after) if sure >= 2 else ("", at)


def _word(heard: Heard, at: int, inside: bool) -> str:
    """A word as it was said, with a capital where it has none."""
    token = heard.tokens[at]
    said = heard.source[token.start : token.end]
    if inside and token.text in PARTICLES:
        return said
    return said if said != said.lower() and not (said.isupper() and len(said) > 2) else _cased(said)


def _cased(word: str) -> str:
    """A capital at the beginning and after every sign that is no letter: O'Brien, Anna-Maria."""
    cased, before = "", ""
    for sign in word.lower():
        cased += sign if before.isalpha() else sign.upper()
        before = sign
    return cased


def _joined(said: list[str], heard: Heard, span: range) -> str:
    """The words with spaces between, or a hyphen where one was written."""
    whole = " ".join(said)
    for at in range(span.start + 1, span.stop):
        between = heard.source[heard.tokens[at - 1].end : heard.tokens[at].start]
        if between == "-":
            left, right = (heard.source[token.start : token.end] for token in heard.tokens[at - 1 : at + 1])
            whole = whole.replace(f"{_cased(left)} {_cased(right)}", f"{_cased(left)}-{_cased(right)}")
    return whole
