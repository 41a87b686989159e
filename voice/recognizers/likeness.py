"""A text with words that mean nothing at a step («мы слизавтра»), and what was rather said («послезавтра»): pure, texts alone.

Whisper writes what is likely in a language, not at a step. What the step knows and what is spelt alike is offered here; the ear says
how likely each is in the sound, beside what it wrote freely (whisper.py), and here it is judged. Measured in bench/README.md, "turns".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from rapidfuzz import fuzz, process

from voice.recognizers.protocol import Expectation

MOST_WORDS = 8  # a longer text has enough words that are known
MOST_OFFERED = 5  # each costs 20 ms of CPU
NEAREST = 3  # words in one place
RUN = 3  # words that may be one misheard: «мы сли завтра»
SHORTEST = 3  # letters
ALIKE = 0.6  # of the letters; what is less alike is not even asked about
AS_LONG = 0.75  # a text that leaves a word out is always likelier
LESS_LIKELY = 3.0  # log probability by which it may be behind what was written freely
LIKELY = -2.6  # log probability of a token in the mean


def offered(heard: str, expected: Expectation) -> tuple[str, ...]:
    """What this plain text may be at this step, the most alike first; nothing where all its words are known, or it is long."""
    words = heard.split()
    known, values = _known(expected)
    if len(words) > MOST_WORDS or known.issuperset(words):
        return ()
    letters = "".join(words)
    found = {phrase: alike for phrase, alike, _ in _nearest(letters, expected.phrases, MOST_OFFERED)}
    mended = {heard}
    for _ in range(2):  # two places
        mended |= {text for one in mended for text in _mended(one.split(), known, values)}
    for text in mended:
        if known.issuperset(text.split()):
            found[text] = max(found.get(text, 0.0), fuzz.ratio(letters, text.replace(" ", "")))
    fitting = [text for text in found if AS_LONG <= len(text.replace(" ", "")) / len(letters) <= 1 / AS_LONG]
    return tuple(sorted(fitting, key=lambda text: -found[text])[:MOST_OFFERED])


def believed(free: tuple[float, float], others: Sequence[tuple[str, float, int]]) -> tuple[str, float]:
    """The likeliest of (text, log probability, tokens) that may be believed, and its log probability of a token; ("", 0.0) for none.

    free: log probability of the free text, and of one of its tokens. What is as likely is believed as much.
    """
    whole, token = free
    fitting = [
        (log_prob, text, max(log_prob / tokens, token + min(0.0, log_prob - whole)))
        for text, log_prob, tokens in others
        if log_prob >= whole - LESS_LIKELY and log_prob / tokens >= LIKELY
    ]
    _, text, mean = max(fitting, default=(0.0, "", 0.0))
    return text, mean


@lru_cache(maxsize=64)
def _known(expected: Expectation) -> tuple[frozenset[str], tuple[str, ...]]:
    """Every word that is known at the step, and what values are made of."""
    phrases = {word for phrase in (*expected.phrases, *expected.values) for word in phrase.split()}
    return expected.small.union(phrases), tuple(one for one in expected.values if len(one) >= SHORTEST)


def _nearest(letters: str, phrases: Sequence[str], most: int) -> list[tuple[str, float, int]]:
    squeezed = [phrase.replace(" ", "") for phrase in phrases]
    found = process.extract(letters, squeezed, scorer=fuzz.ratio, limit=most, score_cutoff=100 * ALIKE)
    return [(phrases[at], alike, at) for _, alike, at in found if len(squeezed[at]) >= SHORTEST]


def _mended(words: list[str], known: frozenset[str], values: tuple[str, ...]) -> Iterator[str]:
    """The same with a run of words, of which one is strange, replaced by a value that is spelt alike."""
    strange = [word not in known for word in words]
    for start in range(len(words)):
        for end in range(start + 1, min(start + RUN, len(words)) + 1):
            if any(strange[start:end]):
                for value, _, _ in _nearest("".join(words[start:end]), values, NEAREST):
                    yield " ".join([*words[:start], value, *words[end:]])
