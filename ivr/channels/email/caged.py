"""The reading process: one mail after another on stdin, what is in it on stdout, under the kernel's limits (setrlimit(2)).

Frames are a length of four bytes, big-endian, and so many bytes: in, the JSON of the question and then the mail; out, JSON.
A mail that costs too much ends this process: CPU by SIGXCPU, memory by MemoryError. Nothing here opens a file or a socket.
"""

from __future__ import annotations

import json
import os
import resource
import struct
import sys
from typing import Any, BinaryIO

from ivr.channels.email.letter import Refusal, Unreadable
from ivr.channels.email.reading import read

CPU_S = 5
MEMORY_BYTES = 256 * 2**20
FRAME = struct.Struct(">I")


def limit() -> None:
    """No more memory than this, no files written, no core dumped, no further processes."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for what in (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE):
        resource.setrlimit(what, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (8, 8))


def allow(seconds: int) -> None:
    """So much CPU from now on; the kernel counts from the start of the process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (spent + seconds, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def take(source: BinaryIO) -> bytes | None:
    """The next frame; None at the end."""
    size = source.read(FRAME.size)
    return source.read(FRAME.unpack(size)[0]) if len(size) == FRAME.size else None


def answer(question: dict[str, Any], raw: bytes) -> dict[str, Any]:
    """The letter, or why there is none."""
    try:
        letter = read(raw, question["envelope"], question["own_domain"], question["authority"])
        return {"letter": letter.to_dict()}
    except Unreadable as error:
        return {"refusal": error.refusal}
    except (MemoryError, RecursionError):
        return {"refusal": Refusal.EFFORT, "spent": True}
    except Exception as error:  # whatever a hostile mail finds in the parser: it costs that mail
        return {"refusal": Refusal.BROKEN, "fault": type(error).__name__}


def main() -> None:
    """Answer until stdin ends."""
    source, sink = os.fdopen(0, "rb"), os.fdopen(1, "wb")
    limit()
    sys.setrecursionlimit(2_000)
    while (question := take(source)) is not None:
        allow(CPU_S)
        raw = take(source)
        if raw is None:
            return
        reply = answer(json.loads(question), raw)
        told = json.dumps(reply, ensure_ascii=True).encode()
        sink.write(FRAME.pack(len(told)) + told)
        sink.flush()
        if reply.get("spent"):
            return  # what was allocated may lie in pieces: the next mail begins in a new process
        del raw, told
