"""espeak-ng: a robot, but in every language, always there and quick (30 ms a sentence). The last resort.

The text goes in on standard input: an argument would stand in the process list for everyone on the machine to read.
"""

from __future__ import annotations

import re
import shutil
import subprocess

from voice.errors import ModelMissing, SpeechError
from voice.speech import mastering, wav
from voice.speech.engine import primary
from voice.speech.pieces import tidy, unstressed
from voice.speech.protocol import Samples

_PROGRAM = "espeak-ng"
_ACCENTS = {"en": "en-us"}
_WORDS_A_MINUTE = 150  # its own 175 is hurried on a telephone


class EspeakVoice:
    """One language of espeak-ng; every rendering is a process of its own, ended at the deadline."""

    def __init__(self, language: str, deadline_s: float = 5.0) -> None:
        """Raises ModelMissing where espeak-ng is not installed or does not know the language."""
        self.language = primary(language)
        self._accent = _ACCENTS.get(self.language, self.language)
        self._deadline_s = deadline_s
        if shutil.which(_PROGRAM) is None:
            raise ModelMissing("espeak-ng is not installed", "Run: apt-get install espeak-ng")
        listed = self._run(["--voices=" + self._accent], b"").decode(errors="replace").splitlines()
        if len(listed) < 2:
            raise ModelMissing(
                f"espeak-ng has no voice for the language {language!r}", "See `espeak-ng --voices` for those it has."
            )
        found = re.search(r"\d[\w.]*", self._run(["--version"], b"").decode(errors="replace"))
        self.version = f"{found[0] if found else 'unknown'}-{_WORDS_A_MINUTE}"
        self.name = f"espeak-ng/{self._accent}"

    def render(self, text: str, rate_hz: int, stretch: float = 1.0) -> Samples:
        """Speak `text` as mono PCM at `rate_hz`. Raises SpeechError where it cannot."""
        options = ["-v", self._accent, "-s", str(round(_WORDS_A_MINUTE / stretch)), "-b", "1", "-z", "--stdin", "--stdout"]
        sound = wav.parse(self._run(options, unstressed(tidy(text)).encode()))
        return mastering.resampled(sound.samples(), sound.rate_hz, rate_hz)

    def load(self) -> None:
        """Nothing is needed."""

    def close(self) -> None:
        """Nothing is kept."""

    def _run(self, options: list[str], given: bytes) -> bytes:
        try:
            done = subprocess.run([_PROGRAM, *options], input=given, capture_output=True, timeout=self._deadline_s, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SpeechError(f"espeak-ng did not answer ({type(error).__name__})") from None
        if done.returncode:
            raise SpeechError(f"espeak-ng ended with status {done.returncode}")
        return done.stdout
