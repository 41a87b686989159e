"""Callers who answer with pauses in the middle: what they say at a step of the flow, piece by piece, and how long they pause.

Pauses are drawn from the shape that Campione and Véronis found in spontaneous speech (A large-scale multilingual study of silent
pause duration, Speech Prosody 2002): log-normal, medium ones of 200 to 1,000 ms, and long ones above a second, here one in seven.
Pieces before the last are rendered with a comma, so that the voice stays up as it does in a pause.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from bench import turn_takers_ru as russian
from bench.rtp import RATE_HZ, Samples
from bench.stimuli import RUSSIAN, VOICES, flow, speech
from bench.tones import pcm16
from ivr import machine
from ivr.actions import Answer as Line
from ivr.actions import Phase, State
from ivr.understand.expected import expectation, kind_of
from voice.recognizers.protocol import Expectation, Kind

LEAD_S, REST_S = 0.4, 4.0
MEDIUM_MS, MEDIUM_SIGMA, LONG_MS, LONG_SIGMA, LONG_SHARE = 450.0, 0.42, 1400.0, 0.25, 1 / 7
NOW_MS = 1_795_600_000_000
NOISE = 5.0  # of 32768, so that no silence is a digital one
LEADS = ("it is | ", "my order number is | ")
DIGITS = "zero one two three four five six seven eight nine".split()
SAID: dict[str, Sequence[str]] = {
    "help": (
        "where is my parcel", "i want | my money back", "when are you open", "hello | where is my order", "my parcel came | damaged",
        "i would like to know | where my parcel is", "i was charged twice", "the box was open | and one of the glasses | is broken",
        "how much is delivery", "good morning | i have a question | about a refund", "opening hours", "track my parcel", "delivery",
        "i am not at home tomorrow | can you bring it | another day", "operator", "my order | has not arrived",
    ),
    "day": (
        "tomorrow", "on friday", "next monday", "on friday | in the evening", "tomorrow | in the morning", "the day after tomorrow",
        "on monday | or no | on tuesday", "let me see | on wednesday", "next week | on thursday",
    ),
    "window": ("in the evening", "morning", "in the afternoon", "well | in the evening", "after work", "i think | in the morning", "evening please"),
    "recap": ("yes", "no", "yes | that is right", "no | on friday", "yes please", "no | the day is wrong", "that is right", "well | yes"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """One turn: its sound at 8 kHz, the sample after the last of the voice, and how many pieces were said."""

    step: str
    kind: Kind
    text: str
    sound: Samples
    end: int
    pieces: int


def answers(count: int, seed: int = 2002, language: str = "en") -> list[Answer]:
    """So many turns, the steps in equal shares; the same seed gives the same ones. Raises ModelMissing where a voice is not installed."""
    draw = random.Random(seed)
    steps = (*SAID, "status")
    return [_answer(steps[number % len(steps)], draw, language) for number in range(count)]


def _answer(step: str, draw: random.Random, language: str) -> Answer:
    english = language == "en"
    said, digits, leads = (SAID, DIGITS, LEADS) if english else (russian.SAID, russian.DIGITS, russian.LEADS)
    text = _number(draw, digits, leads) if step == "status" else draw.choice(said[step])
    pieces = [piece.strip() for piece in text.split("|")]
    voice = draw.choice(VOICES) if english else RUSSIAN
    noise = np.random.default_rng(draw.randrange(2**32))
    parts: list[Samples] = [np.zeros(round(LEAD_S * RATE_HZ), dtype=np.int16)]
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        parts.append(speech(piece + ("." if last else ","), voice))
        if not last:
            parts.append(np.zeros(round(pause_ms(draw) * RATE_HZ / 1000), dtype=np.int16))
    voiced = np.concatenate(parts)
    whole = np.concatenate([voiced, np.zeros(round(REST_S * RATE_HZ), dtype=np.int16)])
    sound = pcm16(whole + noise.normal(0, NOISE, len(whole)), "mu")
    return Answer(step, kind_of(flow(), flow().steps[step]), " ".join(pieces), sound, len(voiced), len(pieces))


def _number(draw: random.Random, names: Sequence[str], leads: Sequence[str]) -> str:
    digits = [names[draw.randrange(10)] for _ in range(4)]
    grouped = draw.choice((" ".join(digits), f"{digits[0]} {digits[1]} | {digits[2]} {digits[3]}", " | ".join(digits)))
    return draw.choice(("", "", *leads)) + grouped


def pause_ms(draw: random.Random) -> float:
    """One pause in the middle of a turn."""
    if draw.random() < LONG_SHARE:
        return draw.lognormvariate(math.log(LONG_MS), LONG_SIGMA)
    return draw.lognormvariate(math.log(MEDIUM_MS), MEDIUM_SIGMA)


@lru_cache(maxsize=16)
def waiting(step: str, language: str = "en") -> State:
    """A talk that waits for the answer to this step, with what was answered before it."""
    known = {"order": "4711", "day": "2026-12-01", "window": "evening"}
    before = {"status": 0, "help": 0, "day": 1, "window": 2, "recap": 3}[step]
    ledger = tuple(Line(name, name, value, "speech", 1.0) for name, value in list(known.items())[:before])
    return replace(machine.begin(flow()), phase=Phase.ASKING, step=step, language=language, now_ms=NOW_MS, ledger=ledger)


def expected(step: str, language: str = "en") -> Expectation:
    """What the ear is told at this step."""
    return expectation(flow(), step, language, step == "recap")
