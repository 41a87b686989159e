"""Spelling over a telephone: "S as in Sierra", «С как Семён»; e-mail addresses letter by letter with their well-known parts as words."""

from __future__ import annotations

import re

from ivr.languages import primary
from ivr.spoken.words import Spoken, spoken
from ivr.values.transliteration import latin


def spell(text: str, language: str) -> str:
    """Every letter and digit of a name or a number; a sign that nobody could say is left out. Cyrillic is put in Latin letters in English."""
    words = spoken(language)
    written = latin(text) if primary(language) != "ru" else text
    return ", ".join(filter(None, (_said(sign, words, likened=True) for sign in written)))


def spell_group(group: str, language: str) -> str:
    """A group of digits with spaces between; letters in it are likened, and set off by commas."""
    words = spoken(language)
    if group.isdigit() and group.isascii():
        return " ".join(_said(sign, words, likened=False) for sign in group)
    return spell(group, language)


def say_email(address: str, language: str, *, spelled: bool = True) -> str:
    """ "j, o, h, n, at, gmail, dot, com"; with `spelled` False words are left as words, for a voice of the address's own language."""
    words = spoken(language)
    parts = re.findall(r"[^\W_]+|[@.+_-]", address.lower())
    said: list[str] = []
    at = parts.index("@") if "@" in parts else len(parts)
    for place, part in enumerate(parts):
        if part in words.signs:
            said.append(words.signs[part])
        elif place > at and part in words.hosts:
            said.append(words.hosts[part])
        elif spelled:
            said += filter(None, (_said(sign, words, likened=False) for sign in part))
        else:
            said.append(part)
    return ", ".join(said) if spelled else " ".join(said)


def _said(sign: str, words: Spoken, *, likened: bool) -> str:
    """One sign; "" where it cannot be said."""
    if sign.isdigit() and sign.isascii():
        return words.digits[int(sign)] if words.digits else sign
    letter = sign.lower()
    letters = words.likened if likened else words.letters
    return letters.get(letter) or words.letters.get(letter) or words.signs.get(letter) or (sign if sign.isalpha() else "")
