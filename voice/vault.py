"""The vault: sound on disk, encrypted, one file a sound; only the key file beside them opens it.

    key                 the house's keys, one a line in hex, the newest first; 0600, made at the first use
    <id>                a sound that is whole          <id>.part    one that is being written, or was when the power went

A file is a head and chunks. The head: magic, a nonce, and the file's own key of 256 bits, wrapped with a key of the house
(AES-256-GCM, NIST SP 800-38D), bound to the file's id. A chunk: 64 KiB of sound and its tag; the nonce counts the chunks and
marks the last one, so that a chunk changed, moved, left out or borrowed, and a file cut short, are all noticed (the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015). A file's key serves one file, so no nonce comes twice.
Nothing that is heard touches the disk in the clear. Everything here blocks: it runs on worker threads.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from voice.errors import SoundSpoilt, SoundUnkept

CHUNK = 65_536
MAGIC = b"HLSOUND1"
KEY, NONCE, TAG, NAME = 32, 12, 16, 8
HEAD = len(MAGIC) + NAME + NONCE + KEY + TAG
_ID = re.compile(r"[0-9a-f]{32}")


class Vault:
    """Sounds by their ids: 32 hex digits, by chance. One folder, shared by the processes of a machine."""

    def __init__(self, folder: Path) -> None:
        """folder: made at the first use, 0700."""
        self.folder = folder

    def writer(self) -> Writer:
        """A new sound: `with vault.writer() as writer`, `write`, `seal`. Raises SoundUnkept where the disk does not take it."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return Writer(self.folder, secrets.token_hex(16), self._keys(make=True)[0])
        except OSError as error:
            raise SoundUnkept(
                f"no sound can be kept in {self.folder} ({error.strerror})", "Make room, or let it be written."
            ) from None

    def chunks(self, sound: str) -> Iterator[bytes]:
        """What was written, piece by piece; each is checked before it is given. Raises SoundSpoilt, at the latest at the end."""
        try:
            with self._file(sound).open("rb") as file:
                yield from self._opened(file, sound)
        except OSError as error:
            raise SoundSpoilt(f"there is no such sound here ({error.strerror})") from None

    def read(self, sound: str) -> bytes:
        """The whole of it. Raises SoundSpoilt."""
        return b"".join(self.chunks(sound))

    def has(self, sound: str) -> bool:
        """Whether it is whole, and here."""
        return bool(_ID.fullmatch(sound)) and (self.folder / sound).exists()

    def ids(self) -> list[str]:
        """Every whole sound."""
        with contextlib.suppress(OSError):
            return sorted(file.name for file in self.folder.iterdir() if _ID.fullmatch(file.name))
        return []

    def forget(self, sounds: Iterable[str]) -> int:
        """Erase these; how many were here. The file's own key is overwritten first, so that what a disk keeps of it stays closed."""
        gone = 0
        for sound in sounds:
            with contextlib.suppress(OSError, SoundSpoilt):
                _destroy(self._file(sound))
                gone += 1
        return gone

    def forget_before(self, at_ms: int, unfinished_ms: int = 0) -> int:
        """Erase what was last written before this time (since the epoch); how many.

        unfinished_ms: the same for what a crash left half written, where that is later.
        """
        gone = 0
        for file in self.folder.glob("*") if self.folder.is_dir() else ():
            name = file.name.removesuffix(".part")
            before = at_ms if name == file.name else max(at_ms, unfinished_ms)
            with contextlib.suppress(OSError):
                if _ID.fullmatch(name) and file.stat().st_mtime_ns // 1_000_000 < before:
                    _destroy(file)
                    gone += 1
        return gone

    def renew(self) -> None:
        """A new key of the house for what is written from now on; the former ones stay, for what was. Raises SoundUnkept."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            keys = self._keys(make=True)
            _replace(self.folder / "key", _lines([AESGCM.generate_key(256), *keys]))
        except OSError as error:
            raise SoundUnkept(f"the key of {self.folder} cannot be renewed ({error.strerror})") from None

    def _file(self, sound: str) -> Path:
        if not _ID.fullmatch(sound):
            raise SoundSpoilt("this is the id of no sound")
        return self.folder / sound

    def _keys(self, make: bool = False) -> list[bytes]:
        place = self.folder / "key"
        if make and not place.exists():
            # Several processes may come here at once: the first who links has made it.
            fresh = place.with_name(f"key.{secrets.token_hex(4)}")
            try:
                _write_new(fresh, _lines([AESGCM.generate_key(256)]))
                with contextlib.suppress(FileExistsError):
                    os.link(fresh, place)
            finally:
                fresh.unlink(missing_ok=True)
            _sync(self.folder)
        try:
            keys = [bytes.fromhex(line) for line in place.read_text(encoding="ascii").split()]
        except ValueError:
            keys = []
        if not keys or any(len(key) != KEY for key in keys):
            raise SoundUnkept(f"{place} is no key file", "Put the right one back: without it, no sound can be heard again.")
        return keys

    def _opened(self, file: IO[bytes], sound: str) -> Iterator[bytes]:
        head = file.read(HEAD)
        if len(head) < HEAD or not head.startswith(MAGIC):
            raise SoundSpoilt("this is no sound of the house, or cut off at its beginning")
        name, nonce, wrapped = head[8:16], head[16 : 16 + NONCE], head[16 + NONCE :]
        try:
            keys = self._keys()
        except SoundUnkept as error:
            raise SoundSpoilt(error.what, error.remedy) from None
        house = next((key for key in keys if _name(key) == name), None)
        if house is None:
            raise SoundSpoilt("the key of this sound is not in the key file")
        try:
            own = AESGCM(AESGCM(house).decrypt(nonce, wrapped, _bound(sound, name)))
            number, sealed = 0, file.read(CHUNK + TAG)
            while True:
                following = file.read(CHUNK + TAG)
                yield own.decrypt(_nonce(number, last=not following), sealed, None)
                if not following:
                    return
                number, sealed = number + 1, following
        except InvalidTag:
            raise SoundSpoilt("this sound is not what was written") from None


class Writer:
    """One sound on its way to the disk. Without `seal` nothing of it stays."""

    def __init__(self, folder: Path, sound: str, house: bytes) -> None:
        """house: the key that wraps. Raises OSError."""
        self.id = sound
        self._folder, self._part = folder, folder / f"{sound}.part"
        own, nonce = AESGCM.generate_key(256), os.urandom(NONCE)
        self._own, self._number, self._waiting = AESGCM(own), 0, bytearray()
        self._file: IO[bytes] | None = os.fdopen(os.open(self._part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
        try:
            self._file.write(MAGIC + _name(house) + nonce + AESGCM(house).encrypt(nonce, own, _bound(sound, _name(house))))
            self._file.flush()
        except OSError:
            self.drop()
            raise

    def write(self, data: bytes) -> None:
        """Take more of it. Raises SoundUnkept where the disk is full; nothing of it stays then."""
        self._waiting += data
        while len(self._waiting) > CHUNK:  # the last one, whole or not, waits for `seal`
            self._put(last=False)

    def seal(self) -> str:
        """It is whole, and on the disk when this returns; gives its id. Raises SoundUnkept."""
        self._put(last=True)
        file, self._file = self._file, None
        assert file is not None
        try:
            with file:
                file.flush()
                os.fsync(file.fileno())
            self._part.replace(self._folder / self.id)
            _sync(self._folder)
        except OSError as error:
            self.drop()
            raise _full(error) from None
        return self.id

    def drop(self) -> None:
        """Nobody wants it."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._file is not None:
            self.drop()

    def _put(self, last: bool) -> None:
        if self._file is None:
            raise SoundUnkept("this sound was dropped, or is sealed already")
        chunk = bytes(self._waiting[:CHUNK])
        del self._waiting[:CHUNK]
        try:
            self._file.write(self._own.encrypt(_nonce(self._number, last), chunk, None))
        except OSError as error:
            self.drop()
            raise _full(error) from None
        self._number += 1


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(NONCE - 1, "big") + bytes([last])


def _name(key: bytes) -> bytes:
    """What a key is called in heads: gives nothing of it away."""
    return hashlib.sha256(b"hotline vault key\0" + key).digest()[:NAME]


def _bound(sound: str, name: bytes) -> bytes:
    return MAGIC + name + sound.encode()


def _full(error: OSError) -> SoundUnkept:
    return SoundUnkept(f"a sound could not be kept ({error.strerror})", "Make room on the disk of the state folder.")


def _lines(keys: Iterable[bytes]) -> bytes:
    return b"".join(key.hex().encode() + b"\n" for key in keys)


def _write_new(place: Path, content: bytes) -> None:
    with os.fdopen(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _replace(place: Path, content: bytes) -> None:
    fresh = place.with_name(f"{place.name}.{secrets.token_hex(4)}")
    try:
        _write_new(fresh, content)
        fresh.replace(place)
    finally:
        fresh.unlink(missing_ok=True)
    _sync(place.parent)


def _sync(folder: Path) -> None:
    """A name is on the disk when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _destroy(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.write(bytes(HEAD))
        opened.flush()
        os.fsync(opened.fileno())
    file.unlink()
    _sync(file.parent)
