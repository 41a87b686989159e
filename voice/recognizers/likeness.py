"""A text with words that mean nothing at a step («мы слизавтра»), and what was rather said («послезавтра»): pure, texts alone.

Whisper writes what is likely in a language, not at a step. What the step knows and is spelt or sounds alike is offered here; the ear
says how likely each is in the sound, beside what it wrote freely (whisper.py), and here it is judged. Measured in bench/notes/turns.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from rapidfuzz import fuzz

from voice.recognizers.protocol import Expectation

MOST_WORDS = 8  # a longer text has enough words that are known
MOST_OFFERED = 6  # each costs 9 ms of CPU
NEAREST = 3  # words in one place
RUN = 3  # words that may be one misheard: «мы сли завтра»
SHORTEST = 3  # letters
ALIKE = 0.6  # in the mean of letters and sounds; what is less alike is not even asked about
AS_LONG = 0.75  # a text that leaves a word out is always likelier
LESS_LIKELY = 3.0  # log probability by which it may be behind what was written freely
LIKELY = -2.6  # log probability of a token in the mean

# What an ear confuses is written with one letter: voiced and voiceless, s and sh, all vowels.
_PAIRS = re.compile("ough|igh|wh|ph|th|ck|sh|ch|qu|x")
_AS = {"ough": "a", "igh": "a", "wh": "w", "ph": "f", "th": "t", "ck": "k", "sh": "s", "ch": "s", "qu": "kw", "x": "ks"}
_SOUNDS = str.maketrans(
    dict.fromkeys("aeiouyаеиоуыэюя", "a")
    | dict(zip("bdgvzcjq", "ptkfsksk", strict=True))
    | dict(zip("бдгвзжшщцхч", "пткфссссскс", strict=True))
    | dict.fromkeys("hьъй", "")
)
_TWICE = re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class _Spelt:
    """A text in its words, in its letters, and in its sounds, roughly."""

    text: str
    letters: str
    sounds: str

    def alike(self, other: _Spelt) -> float:
        """0 to 1."""
        return (fuzz.ratio(self.letters, other.letters) + fuzz.ratio(self.sounds, other.sounds)) / 200


@lru_cache(maxsize=4096)
def _spelt(text: str) -> _Spelt:
    letters = text.replace(" ", "")
    sounds = _PAIRS.sub(lambda pair: _AS[pair.group()], letters).translate(_SOUNDS)
    return _Spelt(text, letters, _TWICE.sub(r"\1", sounds))


def offered(heard: str, expected: Expectation) -> tuple[str, ...]:
    """What this plain text may be at this step, the most alike first; nothing where all its words are known, or it is long."""
    known, phrases, values = _known(expected)
    # A strange word is not said twice.
    words = [word for word, after in pairwise([*heard.split(), ""]) if word != after or word in known]
    heard = " ".join(words)
    whole = _spelt(heard)
    told = _told(expected).intersection(words)
    if len(words) > MOST_WORDS or known.issuperset(words):
        return ()

    @cache  # both rounds ask about the same words
    def nearest(run: str) -> list[_Spelt]:
        return _nearest(_spelt(run), values, NEAREST)

    mended = {heard: None}  # in their order: of equally alike ones the same are offered in every process
    for _ in range(2):  # two places
        mended |= dict.fromkeys([text for one in mended for text in _mended(one.split(), known, nearest)])
    texts = [_spelt(text) for text in mended if known.issuperset(text.split())]
    fitting = (one for one in (*phrases, *texts) if AS_LONG <= len(one.sounds) / max(len(whole.sounds), 1) <= 1 / AS_LONG)
    kept = (one for one in fitting if all(word in one.letters for word in told))  # «завтра» is in «послезавтра»
    return tuple(one.text for one in _nearest(whole, dict.fromkeys(kept), MOST_OFFERED))


def believed(free: tuple[float, float], others: Sequence[tuple[str, float, int]]) -> tuple[str, float]:
    """The likeliest of (text, log probability, tokens) that may be believed, and its log probability of a token; ("", 0.0) for none.

    free: log probability of the free text, and of one of its tokens. What is as likely is believed as much.
    """
    whole, token = free
    means = ((text, log_prob, log_prob / (tokens + 1)) for text, log_prob, tokens in others)  # its end is a token, too
    fitting = [
        (log_prob, text, max(mean, token + min(0.0, log_prob - whole)))
        for text, log_prob, mean in means
        if log_prob >= whole - LESS_LIKELY and mean >= LIKELY
    ]
    _, text, mean = max(fitting, default=(0.0, "", 0.0))
    return text, mean


@lru_cache(maxsize=64)
def _known(expected: Expectation) -> tuple[frozenset[str], tuple[_Spelt, ...], tuple[_Spelt, ...]]:
    """Every word that is known at the step, its phrases, and what values are made of."""
    words = {word for phrase in (*expected.phrases, *expected.values) for word in phrase.split()}
    phrases, values = ([_spelt(one) for one in row if len(one) >= SHORTEST] for row in (expected.phrases, expected.values))
    return expected.small.union(words), tuple(phrases), tuple(values)


@lru_cache(maxsize=64)
def _told(expected: Expectation) -> frozenset[str]:
    """Words that are a part of a value: what was heard of one is not to be lost."""
    return frozenset(word for value in expected.values for word in value.split()) - expected.small


def _nearest(one: _Spelt, others: Iterable[_Spelt], most: int) -> list[_Spelt]:
    found = [(one.alike(other), other) for other in others]
    return [other for alike, other in sorted(found, key=lambda pair: -pair[0])[:most] if alike >= ALIKE]


def _mended(words: list[str], known: frozenset[str], nearest: Callable[[str], list[_Spelt]]) -> Iterator[str]:
    """The same with a run of words, of which one is strange, replaced by a value that is alike."""
    strange = [word not in known for word in words]
    for start in range(len(words)):
        for end in range(start + 1, min(start + RUN, len(words)) + 1):
            if any(strange[start:end]):
                for value in nearest(" ".join(words[start:end])):
                    yield " ".join([*words[:start], value.text, *words[end:]])
