"""The same voice, slower: time stretched, pitch kept (overlap-add of similar stretches, sox's `tempo`), 10 ms a sentence.

For voices that have no pace of their own: recordings, and Festival's unit selection, which speaks each piece as long as it was
recorded. The sound goes through pipes; no file holds it.
"""

from __future__ import annotations

import shutil
import subprocess

import numpy as np

from voice.errors import SpeechError
from voice.speech.protocol import Samples

SLOW = 1.25  # what takes a second takes this much longer when somebody asks for slower speech
_PROGRAM = "sox"
_DEADLINE_S = 5.0


def stretched(samples: Samples, rate_hz: int, stretch: float) -> Samples:
    """Mono int16, `stretch` times as long; as it is where sox is not installed. Raises SpeechError where sox fails."""
    if stretch == 1.0 or not len(samples) or shutil.which(_PROGRAM) is None:
        return samples
    form = ["-t", "raw", "-r", str(rate_hz), "-e", "signed-integer", "-b", "16", "-L", "-c", "1", "-"]
    command = [_PROGRAM, "-D", "-V1", *form, *form, "tempo", "-s", f"{1 / stretch:.4f}"]
    try:
        done = subprocess.run(
            command, input=samples.astype("<i2").tobytes(), capture_output=True, timeout=_DEADLINE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SpeechError(f"sox did not answer ({type(error).__name__})") from None
    if done.returncode:
        raise SpeechError(f"sox ended with status {done.returncode}")
    return np.frombuffer(done.stdout, dtype="<i2").astype(np.int16)
