"""A file from a publisher's site over HTTP: resumed with a range request (RFC 9110 section 14), checked, put in its place whole."""

from __future__ import annotations

import hashlib
import http.client
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from voice.errors import ConfigError

Progress = Callable[[int, int], None]  # bytes so far, bytes in all (0 where nobody knows)
BLOCK = 1 << 18
TIMEOUT_S = 30.0
FULL, PART, RANGE_REFUSED = 200, 206, 416


def quiet(done: int, total: int) -> None:
    """Progress that nobody looks at."""


def unreachable(url: str, error: object) -> ConfigError:
    return ConfigError(
        f"{url} cannot be fetched: {error}", "Check the network or proxy, and run the command again: it goes on where it stopped"
    )


def read_json(url: str) -> Any:
    """The JSON document at `url`. Raises ConfigError."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:
            return json.load(answer)
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise unreachable(url, error) from error


def digest(path: Path, method: str) -> str:
    """Hex digest of a file; `method` as hashlib names it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, method).hexdigest()


def fetch(url: str, target: Path, checksum: str = "", method: str = "md5", progress: Progress = quiet) -> Path:
    """Fetch `url` into `target`, by way of `target`.part, which is kept when the line breaks and gone on with next time.

    checksum: what the publisher's own list says, or empty where it says nothing. Raises ConfigError: unreachable, broken off,
    or not what the publisher's list says (then the part is thrown away).
    """
    part = target.with_name(target.name + ".part")
    target.parent.mkdir(parents=True, exist_ok=True)
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"} if have else {})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            if answer.status != PART:
                have = 0  # the server sends the whole file again
            total = have + int(answer.headers.get("Content-Length") or 0)
            with part.open("ab" if have else "wb") as file:
                while block := answer.read(BLOCK):
                    file.write(block)
                    have += len(block)
                    progress(have, total)
            if total and have < total:
                raise ConnectionError(f"the line broke after {have} of {total} bytes")
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != RANGE_REFUSED or not have:
            raise unreachable(url, error) from error
        # All of it was there already: the checksum decides.
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise unreachable(url, error) from error
    if checksum and digest(part, method) != checksum.lower():
        part.unlink()
        raise ConfigError(
            f"{url} is not what its publisher's list says ({method} differs)", "It was thrown away: run the command again"
        )
    part.replace(target)
    return target


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a zip into `folder`, which appears whole or not at all; a single top folder inside is dropped. The zip goes."""
    unfinished = folder.with_name(folder.name + ".unpacking")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        shutil.unpack_archive(archive, unfinished, "zip")  # entries that lead out of the folder are skipped
    except (shutil.ReadError, OSError, ValueError) as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise ConfigError(
            f"{archive} cannot be unpacked: {error}", "Is the disk full? Else remove the file and fetch it again"
        ) from error
    inside = list(unfinished.iterdir())
    single = inside[0] if len(inside) == 1 and inside[0].is_dir() else unfinished
    shutil.rmtree(folder, ignore_errors=True)
    single.replace(folder)
    shutil.rmtree(unfinished, ignore_errors=True)
    archive.unlink()
    return folder
