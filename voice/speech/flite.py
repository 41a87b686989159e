"""Flite, Festival's small sister: plain English in 100 ms, where Piper is not; and another English voice than the house's own.

The text goes in on standard input, the sound comes back through memory that has no name: nothing for others to read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import unicodedata

from voice.errors import ModelMissing, SpeechError
from voice.speech import mastering, wav
from voice.speech.engine import primary
from voice.speech.pieces import tidy
from voice.speech.protocol import Samples

_PROGRAM = "flite"


class FliteVoice:
    """One of Flite's own voices: slt, rms, awb or kal16."""

    def __init__(self, language: str = "en", voice: str = "slt", deadline_s: float = 5.0) -> None:
        """Raises ModelMissing where Flite is not installed or does not have the voice."""
        self.language = primary(language)
        if self.language != "en":
            raise ModelMissing(f"flite has no voice for the language {language!r}", "It speaks English only.")
        if shutil.which(_PROGRAM) is None:
            raise ModelMissing("flite is not installed", "Run: apt-get install flite")
        self._voice = voice
        self._deadline_s = deadline_s
        known = self._run(["-lv"]).decode(errors="replace").partition(":")[2].split()
        if voice not in known:
            raise ModelMissing(f"flite has no voice {voice!r}", f"It has {', '.join(known) or 'none'}.")
        found = re.search(r"flite-[\w.]+", self._run(["--version"]).decode(errors="replace"))
        self.version = found[0] if found else "unknown"
        self.name = f"flite/{voice}"

    def render(self, text: str, rate_hz: int, stretch: float = 1.0) -> Samples:
        """Speak `text` as mono PCM at `rate_hz`. Raises SpeechError where it cannot, as with letters that are not Latin."""
        plain = "".join(part for part in unicodedata.normalize("NFKD", tidy(text)) if not unicodedata.combining(part))
        if any(character.isalpha() and not character.isascii() for character in plain):
            raise SpeechError("flite cannot read the letters of this script")  # it would leave them out without a word
        memory = os.memfd_create(_PROGRAM)
        try:
            pace = (
                ["--setf", f"duration_stretch={stretch:g}"] if stretch != 1.0 else []
            )  # given always, it would undo the voice's own
            self._run(["-voice", self._voice, *pace, "-f", "/dev/stdin", "-o", f"/proc/self/fd/{memory}"], plain.encode(), memory)
            sound = wav.parse(os.pread(memory, os.fstat(memory).st_size, 0))
        finally:
            os.close(memory)
        return mastering.resampled(sound.samples(), sound.rate_hz, rate_hz)

    def load(self) -> None:
        """Nothing is needed."""

    def close(self) -> None:
        """Nothing is kept."""

    def _run(self, options: list[str], given: bytes = b"", *inherited: int) -> bytes:
        try:
            done = subprocess.run(
                [_PROGRAM, *options], input=given, capture_output=True, pass_fds=inherited, timeout=self._deadline_s, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SpeechError(f"flite did not answer ({type(error).__name__})") from None
        return done.stdout  # its status is 0 or 1 as it pleases; what counts is the sound
