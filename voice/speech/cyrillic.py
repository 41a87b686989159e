"""Anything as words that festvox-ru can say: Russian letters, stress as "+" before the vowel, short numbers, a few marks.

The voice's letter-to-sound rules give up the whole utterance at the first character they do not know, so whatever is
not Russian is spelled in Russian here. Numbers come spelled out by the caller; where they do not, more than three figures
are read one by one: the voice's own rules drop zeros in front and count thousands wrongly.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from voice.errors import SpeechError
from voice.speech.pieces import STRESS, tidy

_DIGITS = "ноль один два три четыре пять шесть семь восемь девять".split()
_SIGNS = {
    "%": "процентов", "№": "номер", "+": "плюс", "=": "равно", "@": "собака", "&": "и", "*": "звёздочка", "#": "решётка",
    "₽": "рублей", "$": "долларов", "€": "евро", "£": "фунтов", "°": "градусов", "×": "на", "/": "дробь", "_": "подчёркивание",
}  # fmt: skip
# Letters of other Cyrillic alphabets, and Latin ones that no accent explains, by their nearest kin.
_KIN = str.maketrans({
    "і": "и", "ї": "йи", "є": "е", "ґ": "г", "ў": "у", "ђ": "дж", "ј": "й", "љ": "ль", "њ": "нь", "ћ": "ч", "џ": "дж", "қ": "к",
    "ғ": "г", "ә": "э", "ө": "о", "ү": "у", "ұ": "у", "һ": "х", "ң": "н",
    "ß": "ss", "ø": "o", "æ": "e", "œ": "e", "ł": "l", "đ": "d",
})  # fmt: skip
_VOWELS = "аеёиоуыэюя"
_PREPOSITIONS = "вксбж"  # words of one consonant: said with the next word, not by the letter's name
_NAMES = dict(zip(
    "бвгджзйклмнпрстфхцчшщъьabcdefghijklmnopqrstuvwxyz",
    "бэ вэ гэ дэ жэ зэ ий ка эль эм эн пэ эр эс тэ эф ха цэ че ша ща твёрдый мягкий "
    "эй би си ди и эф джи эйч ай джей кей эль эм эн оу пи кью ар эс ти ю ви даблъю экс уай зэд".split(" "),
    strict=True,
))  # fmt: skip
# English as a Russian reads it aloud.
_SOUNDS = {
    "sch": "ш", "tch": "ч", "sh": "ш", "ch": "ч", "zh": "ж", "kh": "х", "ph": "ф", "th": "т", "ck": "к", "qu": "кв", "wh": "в",
    "ee": "и", "oo": "у", "ea": "и", "ou": "ау", "ow": "оу", "ay": "эй", "ai": "эй", "oy": "ой", "ya": "я", "yu": "ю", "yo": "ё",
    "ce": "се", "ci": "си", "cy": "си", "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф", "g": "г", "h": "х", "i": "и",
    "j": "дж", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р", "s": "с", "t": "т", "u": "у",
    "v": "в", "w": "в", "x": "кс", "y": "и", "z": "з",
}  # fmt: skip
_SOUND = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)))
_TOKEN = re.compile(
    rf"(?P<russian>[а-яё][а-яё{STRESS}]*(?:-[а-яё{STRESS}]+)*)|(?P<latin>[a-z]+(?:'[a-z]+)?)|(?P<digits>\d+)"
    rf"|(?P<decimal>(?<=\d)[.,](?=\d))|(?P<pause>[.,!?;:]|(?<=\s)-(?=\s))|(?P<other>\S)",
    re.IGNORECASE,
)


def festival_words(text: str) -> str:
    """`text` in the characters that festvox-ru knows: а-я, ё, 0-9, "+" for stress, blank and `.,!?;:-`.

    "" where nothing is to be said. Raises SpeechError where a letter is of a script that has no Russian spelling here.
    """
    said: list[str] = []
    for token in _TOKEN.finditer(_ascii_accents(tidy(text))):
        if token.lastgroup == "pause":
            mark = "," if token[0] == "-" else token[0]
            if said and said[-1][-1] not in ".,!?;:":
                said[-1] += mark
        else:
            said.extend(_words(str(token.lastgroup), token[0]))
    return " ".join(said)


def _words(kind: str, token: str) -> Iterator[str]:
    if kind == "russian":
        yield from _russian(token)
    elif kind == "latin":
        yield from _latin(token)
    elif kind == "digits":
        figures = str(int(token)) if len(token) <= 3 else ""
        yield from [figures] if figures == token else [_DIGITS[int(digit)] for digit in token]
    elif kind == "decimal":
        yield "точка" if token == "." else "запятая"
    elif token in _SIGNS:
        yield _SIGNS[token]
    elif token.isalnum():
        raise SpeechError("festival's Russian voice cannot read the letters of this script")


def _russian(token: str) -> Iterator[str]:
    word = token.lower()
    letters = word.replace(STRESS, "")
    if any(vowel in letters for vowel in _VOWELS) or letters in _PREPOSITIONS:
        yield re.sub(f"([{_VOWELS}]){STRESS}", r"+\1", word).replace(STRESS, "")
    else:
        yield from (_NAMES[letter] for letter in letters if letter in _NAMES)


def _latin(token: str) -> Iterator[str]:
    word = token.lower().replace("'", "")
    if len(word) == 1 or (token.isupper() and len(word) <= 4) or not set(word) & set("aeiouy"):
        yield from (_NAMES[letter] for letter in word)
    else:
        word = re.sub(r"(?<=..)ce$", "s", word)
        word = re.sub(r"(?<=[a-z]{2}[^aeiouy])e$", "", word)  # a silent e
        yield _SOUND.sub(lambda group: _SOUNDS[group[0]], word)


def _ascii_accents(text: str) -> str:
    """Kindred letters for foreign ones and é as e, but й and ё as they are; full-width and other figures as 0-9."""
    plain = "".join(_plain(character) for character in text)
    return "".join(_kin(character) for character in plain)


def _plain(character: str) -> str:
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    if character.isalpha() and "CYRILLIC" not in unicodedata.name(character, ""):
        return "".join(part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part))
    return character


def _kin(character: str) -> str:
    kin = character.lower().translate(_KIN)
    return kin.upper() if character.isupper() else kin
