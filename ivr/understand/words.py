"""Text as heard, made comparable: case, punctuation, spelling variants, repetition. Unicode NFKC (UAX #15)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ivr.languages import back_channel, language
from voice.recognizers.closeness import made_of, undrawn

_NOT_A_WORD = re.compile(r"[^\w\s']|_")
_LONE_APOSTROPHE = re.compile(r"(?<!\w)'|'(?!\w)")
WORDS_MAX = 120  # nobody answers a question with more; the rest would only cost time


@lru_cache(maxsize=4096)
def normal(text: str, code: str) -> str:
    """`text` in lower case without punctuation, contractions and spelling variants folded, one space between words."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'").casefold().replace("-", " ")
    plain = undrawn(_LONE_APOSTROPHE.sub(" ", _NOT_A_WORD.sub(" ", plain)))
    folded = language(code).fold(" ".join(plain.split())).replace("'", "")
    return " ".join(unrepeated(folded.split())[:WORDS_MAX])


def unrepeated(words: list[str]) -> list[str]:
    """One copy of what is the same run of words three times or more; a recogniser that loops says so ("refund refund refund")."""
    for size in range(1, len(words) // 3 + 1):
        if len(words) % size == 0 and words == words[:size] * (len(words) // size):
            return words[:size]
    return words


@lru_cache(maxsize=4096)
def content(text: str, code: str) -> tuple[str, ...]:
    """The words of a normal text that carry a topic: idle words left out; all of them where nothing else is there."""
    words = text.split()
    idle = language(code).idle
    return tuple(word for word in words if word not in idle) or tuple(words)


def is_back_channel(text: str, code: str) -> bool:
    """Whether this is only the sound of a listener ("uh-huh, okay", "да, угу"): nothing that should cut a prompt."""
    return made_of(normal(text, code), back_channel(code))


def is_hesitation(text: str, code: str) -> bool:
    """Whether the caller only thinks aloud ("um", "сейчас, секунду"): go on listening."""
    return made_of(normal(text, code), language(code).hesitating)


def is_delay(text: str, code: str) -> bool:
    """Whether the caller asks for time and says no more than that ("okay, one moment", «сейчас, минутку»)."""
    return _asks(text, language(code).delaying, back_channel(code), code)


def is_claim(text: str, code: str) -> bool:
    """Whether the caller wants to speak, or to hear no more, and says no more than that ("hello, excuse me", «девушка, можно вопрос»)."""
    spoken = language(code)
    return _asks(text, spoken.claiming, (back_channel(code) | spoken.greetings) - spoken.claiming, code)


def _asks(text: str, asking: frozenset[str], beside: frozenset[str], code: str) -> bool:
    """Whether these are phrases that ask for something, one at least, and what may be said beside them."""
    heard = normal(text, code)
    return made_of(heard, beside | asking) and not made_of(heard, beside)


def is_hanging(text: str, code: str) -> bool:
    """Whether a normal `text` ends in a word that hardly a sentence ends with ("my order and", «у меня вопрос по»): it goes on."""
    spoken = language(code)
    return text.rpartition(" ")[2] in spoken.hanging and text not in spoken.yes and text not in spoken.no  # "uh uh" is a no


def is_nothing(text: str, code: str) -> bool:
    """Whether there are no words, or only such as recognisers invent from silence and noise."""
    heard = normal(text, code)
    return not heard or heard in language(code).phantoms


def is_greeting(text: str, code: str) -> bool:
    """Whether this only greets, or asks whether anybody is there ("hello?", «алло, вы меня слышите?»)."""
    spoken = language(code)
    return made_of(normal(text, code), spoken.greetings | spoken.hesitating) and not is_hesitation(text, code)
