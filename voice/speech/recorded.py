"""Recorded prompts: `prompts/<language>/<voice>/<id>.wav`, mono 16 bit PCM.

Any rate from 8 kHz up is taken and resampled, for that loses nothing. Anything else (stereo, 24 bit, mu-law, MP3 under a
.wav name) is refused with the command that mends it: which channel, and whether to dither, is the owner's to say.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from voice.errors import ConfigError, SpeechError
from voice.speech import mastering, wav
from voice.speech.engine import primary
from voice.speech.protocol import Samples
from voice.speech.tempo import stretched

_LOWEST_HZ = 8000
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class RecordedVoice:
    """One speaker's recordings in one language. What it renders is a prompt's id, not a text."""

    def __init__(self, folder: Path) -> None:
        """folder: `prompts/<language>/<voice>`; its two last parts give the language and the voice's name."""
        self.folder = folder
        self.language = primary(folder.parent.name)
        self.name = f"recorded/{folder.name}"
        self.version = "1"

    def file(self, prompt_id: str) -> Path:
        """Where this prompt would lie. Raises ConfigError where the id could leave the folder."""
        if not _ID.fullmatch(prompt_id):
            raise ConfigError(f"{prompt_id!r} is not a prompt id", "Use letters, digits, dots, underscores and hyphens only.")
        return self.folder / f"{prompt_id}.wav"

    def version_of(self, prompt_id: str) -> str | None:
        """Changes when the file does, so that a new recording is heard at once; None where there is no recording."""
        try:
            status = self.file(prompt_id).stat()
        except OSError:
            return None
        return f"{self.version}-{status.st_size}-{status.st_mtime_ns}"

    def render(self, text: str, rate_hz: int, stretch: float = 1.0) -> Samples:
        """The recording whose id is `text`, at `rate_hz`.

        Raises ConfigError where the file has to be mended, SpeechError where it is gone.
        """
        file = self.file(text)
        try:
            content = file.read_bytes()
        except OSError as error:
            raise SpeechError(f"{file} cannot be read ({error.strerror})") from None
        try:
            sound = wav.parse(content)
        except SpeechError as error:
            raise ConfigError(f"{file}: {error.what}", _mend(file)) from None
        if not sound.mono16 or sound.rate_hz < _LOWEST_HZ:
            raise ConfigError(f"{file} is {sound}, and a prompt has to be mono 16 bit PCM at 8000 Hz or more", _mend(file))
        return stretched(mastering.resampled(sound.samples(), sound.rate_hz, rate_hz), rate_hz, stretch)

    def load(self) -> None:
        """Nothing is needed."""

    def close(self) -> None:
        """Nothing is kept."""

    def ids(self) -> list[str]:
        """Every prompt recorded here."""
        return sorted(file.stem for file in self.folder.glob("*.wav") if _ID.fullmatch(file.stem))

    def faults(self) -> list[ConfigError | SpeechError]:
        """Every recording that cannot be used, and why: for `hotline doctor`."""
        found: list[ConfigError | SpeechError] = []
        for prompt_id in self.ids():
            try:
                mastering.mastered(self.render(prompt_id, _LOWEST_HZ), _LOWEST_HZ)
            except (ConfigError, SpeechError) as error:
                found.append(error if str(self.folder) in error.what else ConfigError(f"{self.file(prompt_id)}: {error.what}"))
        return found


def _mend(file: Path) -> str:
    name, mended = shlex.quote(str(file)), shlex.quote(str(file.with_name(f"mended-{file.name}")))
    return f"Run: sox {name} -c 1 -b 16 -e signed-integer -r 16000 {mended} && mv {mended} {name}"


def recorded_voices(prompts: Path) -> Iterator[RecordedVoice]:
    """Every `<language>/<voice>` folder under `prompts`, in order of name."""
    for folder in sorted(prompts.glob("*/*")) if prompts.is_dir() else ():
        if folder.is_dir() and not folder.name.startswith("."):
            yield RecordedVoice(folder)
