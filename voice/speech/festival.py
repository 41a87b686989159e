"""Festival with the Russian voice festvox-ru (msu_ru_nsh_clunits), kept running behind a pipe.

A pipe and not `festival --server`: the server takes any Scheme, `(system ...)` included, from whoever reaches its port.
Loading takes a second and then a sentence 50 to 200 ms. It holds 440 MB, so it is let go of when nobody has needed it for a while. The sound comes back through memory that has no name on any disk.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import threading
from pathlib import Path
from typing import IO

from voice.errors import ModelMissing, SpeechError
from voice.speech import mastering, wav
from voice.speech.cyrillic import festival_words
from voice.speech.engine import primary
from voice.speech.protocol import Samples
from voice.speech.tempo import stretched

_PROGRAM = "festival"
_VOICE = "msu_ru_nsh_clunits"
_VOICE_HOMES = (
    "/usr/share/festival/voices/russian",
    "/usr/local/share/festival/voices/russian",
    "/usr/lib/festival/voices/russian",
)
_DONE = b"(rendered)"  # what festival is asked to say after each command, on its unbuffered standard error
IDLE_S = 600.0  # after so long without a text or a caller it ends, at most twice that
_SPELLING = "1"  # count it up when cyrillic.py says something differently


class FestivalVoice:
    """One festival process, one rendering at a time; started when first needed, again when it dies, is late or has been let go of."""

    name = f"festival/{_VOICE}"

    def __init__(self, language: str = "ru", deadline_s: float = 8.0, program: str = _PROGRAM, idle_s: float = IDLE_S) -> None:
        """Raises ModelMissing where festival or its Russian voice is not installed."""
        self.language = primary(language)
        if self.language != "ru":
            raise ModelMissing(
                f"festival has no voice here for the language {language!r}", "Its Russian voice is the only one that is used."
            )
        home = next((home for place in _VOICE_HOMES if (home := Path(place, _VOICE)).is_dir()), None)
        if shutil.which(program) is None or home is None:
            raise ModelMissing("festival's Russian voice is not installed", "Run: apt-get install festival festvox-ru")
        catalogue = home / "festival/clunits/msu_ru_nsh.catalogue"
        self.version = f"{catalogue.stat().st_size if catalogue.exists() else 0}-{_SPELLING}"
        self._program = program
        self._deadline_s, self._idle_s = deadline_s, idle_s
        self._used = False  # since the watch last looked
        self._watch: threading.Timer | None = None
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._memory = -1
        self._closing = False

    def render(self, text: str, rate_hz: int, stretch: float = 1.0) -> Samples:
        """Speak `text` as mono PCM at `rate_hz`.

        Raises SpeechError where it cannot be spelled, or festival fails twice or is late.
        """
        words = festival_words(text)
        if not words:
            raise SpeechError("there is nothing to say in this text")
        with self._turn:
            self._used = True
            try:
                content = self._spoken(words)
            except _Died:
                if self._closing:
                    raise
                content = self._spoken(words)  # it may have been dying of something older
        sound = wav.parse(content)
        # Duration_Stretch is nothing to unit selection: its pieces are as long as they were spoken.
        return mastering.resampled(stretched(sound.samples(), sound.rate_hz, stretch), sound.rate_hz, rate_hz)

    def load(self) -> None:
        """Start festival unless it runs."""
        with self._turn:
            self._used = True
            if self._process is None:
                self._start()

    def close(self) -> None:
        """End the process, in the middle of a word if need be."""
        self._closing = True
        if (process := self._process) is not None:
            process.kill()
        with self._turn:
            self._end()
            self._closing = False

    def _spoken(self, words: str) -> bytes:
        # `words` is of letters, figures, blanks and `+.,!?;:-` only, so nothing in it can end the string and begin a command.
        process = self._process or self._start()
        os.ftruncate(self._memory, 0)
        said = self._command(
            process, f'(utt.save.wave (utt.synth (Utterance Text "{words}")) "/proc/self/fd/{self._memory}" \'riff)'
        )
        content = os.pread(self._memory, os.fstat(self._memory).st_size, 0)
        if not content:
            raise SpeechError(
                "festival refused this text" if b"ERROR" in said or b"no rule" in said else "festival gave no sound"
            )
        return content

    def _start(self) -> subprocess.Popen[bytes]:
        self._memory = os.memfd_create("festival")
        try:
            self._process = subprocess.Popen(
                [self._program, "--pipe"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                pass_fds=(self._memory,), start_new_session=True, bufsize=0,
            )  # fmt: skip
        except OSError as error:
            self._end()
            raise SpeechError(f"festival does not start ({error.strerror})") from None
        self._command(self._process, f"(voice_{_VOICE})")
        self._look_later()
        return self._process

    def _look_later(self) -> None:
        self._used = False
        self._watch = threading.Timer(self._idle_s, self._look)
        self._watch.daemon = True
        self._watch.start()

    def _look(self) -> None:
        """Let go of the process where nobody has needed it since the last look."""
        with self._turn:
            if self._watch is not threading.current_thread():
                return  # of a process before
            if self._used:
                self._look_later()
            else:
                self._end()

    def _command(self, process: subprocess.Popen[bytes], command: str) -> bytes:
        """Have one command done; gives what festival complained of. Ends the process where it is late."""
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        watch = threading.Timer(self._deadline_s, end)
        watch.start()
        try:
            said = _until_done(process, f'{command}\n(format stderr "{_DONE.decode()}\\n")\n'.encode())
        finally:
            watch.cancel()
        if said is not None:
            return said
        self._end()
        if late.is_set():
            raise SpeechError(f"festival was not ready within {self._deadline_s:g} s")
        raise _Died("festival ended by itself")

    def _end(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stderr):
                with contextlib.suppress(OSError):
                    _open(stream).close()
            self._process = None
        if self._memory >= 0:
            os.close(self._memory)
            self._memory = -1


class _Died(SpeechError):
    """The process is gone, not late: worth one more try."""


def _open(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:
        raise SpeechError("festival has no pipe")
    return stream


def _until_done(process: subprocess.Popen[bytes], command: bytes) -> bytes | None:
    """Send, and read up to the mark; None where the process ended first."""
    said = b""
    try:
        _open(process.stdin).write(command)
        while not said.endswith(_DONE + b"\n"):
            read = _open(process.stderr).read(4096)
            if not read:
                return None
            said += read
    except OSError:
        return None
    return said
