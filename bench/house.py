"""The whole house as the latency measurements use it: its recordings, its process, and what it tells of a call's turns."""

from __future__ import annotations

import queue
import wave
from pathlib import Path
from typing import Any

import numpy as np

from bench.harness import RESULTS
from bench.process import Gateway
from bench.rtp import RATE_HZ, Samples
from bench.stimuli import PROMPT, speech, without_pauses
from ivr.flow import load
from ivr.machine import prompts

FLOW = Path(__file__).with_name("flow.yaml")
RECORDINGS = RESULTS.parent / "bench" / "prompts"
VOICE = "awb"
QUESTIONS = ("where is my parcel", "when are you open", "track my parcel", "are you open on sunday", "where is my order")


def story() -> Samples:
    """Half a minute of speech in which every packet sounds."""
    told = without_pauses(np.concatenate([speech(text, VOICE) for text in PROMPT]))
    return np.concatenate([told, told, told])


def record() -> Path:
    """Write the flow's prompts as recordings that begin with their first sound; gives the folder (see voice.speech.recorded)."""
    folder = RECORDINGS / "en" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    for say in prompts(load(FLOW)):
        file = folder / f"{say.prompt_id}.wav"
        if not file.exists():
            sound = story() if say.prompt_id in ("story.text", "story.again") else speech(say.text, VOICE)
            with wave.open(str(file), "wb") as out:
                out.setnchannels(1)
                out.setsampwidth(2)
                out.setframerate(RATE_HZ)
                out.writeframes(sound.tobytes())
    return RECORDINGS


class House(Gateway):
    """The house's process. `turns` gives what it told of the ends of turns since the last look."""

    def __init__(self) -> None:
        super().__init__("bench.native_gateway", {"kind": "house", "prompts": str(record())})

    def told(self) -> list[dict[str, Any]]:
        """Its notes since the last look."""
        found: list[dict[str, Any]] = []
        while True:
            try:
                found.append(self.notes.get_nowait())
            except queue.Empty:
                return found
