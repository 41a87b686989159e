"""A row of digits that was heard as other words («девять на лес семь»), written once more with no words but those of numbers.

Whisper writes what is likely in a language, and a digit alone is not. Its encoder has done its work by then, so that a second writing
costs a fifth of the first. It writes numbers for anything, a "track my parcel" too; so it is only believed where it sounds like
what was written freely. Measured in bench/notes/turns.md.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import SequenceMatcher

from rapidfuzz import fuzz

DIGITS = {
    "en": "zero one two three four five six seven eight nine",
    "ru": "ноль один два три четыре пять шесть семь восемь девять",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "ko": "영 일 이 삼 사 오 육 칠 팔 구",
}
# Where digits are said in groups. Allowed only after one was heard: "пять девять" is not to become "пятьдесят".
GROUPS = {
    "en": (
        "oh double triple hundred thousand and ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
        " twenty thirty forty fifty sixty seventy eighty ninety"
    ),
    "ru": (
        "тысяча тысячи тысяч сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот десять одиннадцать двенадцать"
        " тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать девятнадцать двадцать тридцать сорок пятьдесят"
        " шестьдесят семьдесят восемьдесят девяносто"
    ),
}
ALIKE = 0.65  # of the letters; sentences that are no numbers lay under 0.5, numbers misheard mostly above 0.7
ALIKE_APART = 0.5  # of the words in which they differ, where no number is in both («номер заказа не знаю»)


def vocabulary(text: str, language: str, around: Collection[str]) -> frozenset[str]:
    """The words of which a number may be made that was heard as `text` (plain), and those around it; none in an unknown language."""
    if language not in GROUPS:
        return frozenset()
    digits, groups = DIGITS[language].split(), GROUPS[language].split()
    return frozenset([*digits, *around, *(groups if set(text.split()).intersection(groups) else ())])


def digits(text: str, language: str) -> int:
    """How many digits were said in `text` (plain), roughly: of a word for a group two, so that "forty seven eleven" has five."""
    words, single = text.split(), DIGITS.get(language, "").split()
    return sum(word in single for word in words) + 2 * sum(word in GROUPS.get(language, "").split() for word in words)


def said(text: str, language: str) -> bool:
    """Whether `text` (plain) has a word of a number in it, or a figure."""
    return digits(text, language) > 0 or any(letter.isdigit() for letter in text)


def strange(text: str, words: Collection[str]) -> bool:
    """Whether `text` (plain) has words that are not among these."""
    return not set(text.split()) <= set(words)


def believed(free: str, narrow: str, words: Collection[str], around: Collection[str]) -> bool:
    """Whether the number `narrow` may be what was written freely as `free` (both plain)."""
    one, other = free.split(), narrow.split()
    if set(other) <= set(around) or strange(narrow, words) or _alike("".join(one), "".join(other)) < ALIKE:
        return False
    if set(one).intersection(other) - set(around):
        return True
    parts = [part for part in SequenceMatcher(None, one, other, autojunk=False).get_opcodes() if part[0] != "equal"]
    apart = "".join("".join(one[i:j]) for _, i, j, _, _ in parts), "".join("".join(other[k:end]) for *_, k, end in parts)
    return _alike(*apart) >= ALIKE_APART


def _alike(one: str, other: str) -> float:
    return fuzz.ratio(one, other) / 100
