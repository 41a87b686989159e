"""What was spoken once is kept: PCM in memory and on disk, under a hash of text, voice, rate and versions.

On disk: `<root>/<2 hex>/<30 hex>.pcm`, a 20 byte head (magic, rate, samples, CRC-32 of the sound) and int16 little endian. Files
are written beside their place and renamed into it, so that several processes may share a folder. They are read whole, not
mapped: a page fault in the thread that sends the sound would be a late frame, and a file cut short a bus error.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import struct
import tempfile
import threading
import zlib
from collections import OrderedDict
from pathlib import Path

import numpy as np

from voice.speech import mastering
from voice.speech.protocol import Samples

MEMORY_BYTES = 64 << 20  # over an hour of speech at 8 kHz
DISK_BYTES = 512 << 20

_log = logging.getLogger(__name__)
_MAGIC = b"HLPCM01\n"
_HEAD = struct.Struct("<8sIII")


def clip_key(text: str, voice: str, version: str, rate_hz: int, stretch: float = 1.0) -> str:
    """32 hex digits of BLAKE2b that tell apart everything that sounds different and give nothing of the text away."""
    pace = (f"{stretch:g}",) if stretch != 1.0 else ()
    parts = (text, voice, version, mastering.VERSION, str(rate_hz), *pace)
    return hashlib.blake2b(
        "\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16, person=b"hotline speech"
    ).hexdigest()


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/hotline/speech`, `~/.cache/hotline/speech` where that is not set (XDG Base Directory Specification)."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".cache") / "hotline" / "speech"


def read_only(pcm: Samples) -> Samples:
    """Contiguous int16 that nobody can change: native code plays from it without a copy, many calls at once."""
    kept = np.ascontiguousarray(pcm, dtype=np.int16)
    kept.flags.writeable = False
    return kept


class SpeechCache:
    """Least recently used goes first, in memory and on disk. Every method may be called from any thread.

    A disk that is full or not ours to write costs the second rendering, never the first: it is said once in the log.
    """

    def __init__(self, folder: Path | None, memory_bytes: int = MEMORY_BYTES, disk_bytes: int = DISK_BYTES) -> None:
        """folder: where clips are kept between starts; None keeps them in memory only."""
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._disk_bytes = disk_bytes
        self._kept: OrderedDict[str, Samples] = OrderedDict()
        self._kept_bytes = 0
        self._on_disk_bytes = -1  # not counted yet
        self._lock = threading.Lock()
        self._disk_lock = threading.Lock()
        self._complained = False

    def recall(self, key: str) -> Samples | None:
        """From memory; quick enough for the event loop."""
        with self._lock:
            pcm = self._kept.get(key)
            if pcm is not None:
                self._kept.move_to_end(key)
            return pcm

    def load(self, key: str, rate_hz: int) -> Samples | None:
        """From memory or disk. A damaged file is removed and is a miss. Blocks: for worker threads."""
        if (pcm := self.recall(key)) is not None or self._folder is None:
            return pcm
        file = self._file(self._folder, key)
        try:
            content = file.read_bytes()
        except OSError:
            return None
        sound = _opened(content, rate_hz)
        if sound is None:
            _log.warning("speech cache: %s is damaged and will be rendered again", file.name)
            with contextlib.suppress(OSError):
                file.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(file)  # so that what is in use is dropped last
        return self._remember(key, sound)

    def keep(self, key: str, pcm: Samples, rate_hz: int, on_disk: bool = True) -> Samples:
        """Keep a clip, and give it back read-only.

        on_disk: False for what holds a caller's own data. Blocks: for worker threads.
        """
        kept = self._remember(key, read_only(pcm))
        if on_disk and self._folder is not None:
            try:
                with self._disk_lock:
                    self._write(self._folder, key, kept, rate_hz)
            except OSError as error:
                if not self._complained:
                    _log.warning(
                        "speech cache: %s cannot be written (%s); clips are kept in memory only", self._folder, error.strerror
                    )
                self._complained = True
        return kept

    def memory_bytes(self) -> int:
        """Bytes of sound in memory now."""
        return self._kept_bytes

    def _remember(self, key: str, pcm: Samples) -> Samples:
        with self._lock:
            known = self._kept.pop(key, None)
            self._kept_bytes -= 0 if known is None else known.nbytes
            self._kept[key] = pcm
            self._kept_bytes += pcm.nbytes
            while self._kept_bytes > self._memory_bytes and len(self._kept) > 1:
                self._kept_bytes -= self._kept.popitem(last=False)[1].nbytes
        return pcm

    @staticmethod
    def _file(folder: Path, key: str) -> Path:
        return folder / key[:2] / f"{key[2:]}.pcm"

    def _write(self, folder: Path, key: str, pcm: Samples, rate_hz: int) -> None:
        file = self._file(folder, key)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        sound = pcm.astype("<i2").tobytes()
        handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as part:
                part.write(_HEAD.pack(_MAGIC, rate_hz, len(pcm), zlib.crc32(sound)) + sound)
            Path(name).replace(file)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
        if self._on_disk_bytes < 0:
            self._on_disk_bytes = sum(size for _, size, _ in _files(folder))
        else:
            self._on_disk_bytes += _HEAD.size + len(sound)
        if self._on_disk_bytes > self._disk_bytes:
            self._make_room(folder)

    def _make_room(self, folder: Path) -> None:
        """Drop the oldest down to nine tenths, so that this is not done at every clip."""
        files = sorted(_files(folder))
        total = sum(size for _, size, _ in files)
        for _, size, file in files:
            if total <= self._disk_bytes * 9 // 10:
                break
            with contextlib.suppress(OSError):
                file.unlink()
            total -= size
        self._on_disk_bytes = total


def _files(folder: Path) -> list[tuple[int, int, Path]]:
    """(time of last use in ns, bytes, file) of every clip, and of what an interrupted writer left."""
    found = []
    for file in folder.glob("??/*"):
        with contextlib.suppress(OSError):
            status = file.stat()
            found.append((status.st_mtime_ns, status.st_size, file))
    return found


def _opened(content: bytes, rate_hz: int) -> Samples | None:
    if len(content) < _HEAD.size:
        return None
    magic, rate, count, checksum = _HEAD.unpack_from(content)
    sound = memoryview(content)[_HEAD.size :]
    if (magic, rate, count * 2, checksum) != (_MAGIC, rate_hz, len(sound), zlib.crc32(sound)):
        return None
    return read_only(np.frombuffer(sound, dtype="<i2"))
