"""What `hotline doctor` finds: one line each, with a remedy; and the probes that it makes more than once."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Grade(StrEnum):
    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, and what to do."""

    grade: Grade
    what: str
    remedy: str = ""


def port(name: str, host: str, number: int, kind: socket.SocketKind, worst: Grade = Grade.FAIL) -> Finding:
    """Whether one could listen there. name: of the port, as the finding begins ("UDP"); worst: what a taken port is."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, kind is socket.SOCK_STREAM)
        try:
            probe.bind((host, number))
        except OSError as error:
            remedy = {
                errno.EADDRINUSE: "Stop the other program (ss -lunpt shows it; a hotline that is up has it, too), or set another port.",
                errno.EACCES: "Ports below 1024 are not for everybody: set another port.",
            }.get(error.errno or 0, "This machine has no such address (ip address shows those that it has): set another host.")
            return Finding(worst, f"{name} port {number} of {host}: {error.strerror}", remedy)
    return Finding(Grade.OK, f"{name} port {number} of {host} is free")


def secrecy(path: str, what: str) -> Finding | None:
    """A file with a secret that others on this machine can read; None where all is well, or there is no such file."""
    place = Path(path).expanduser()
    if place.is_file() and place.stat().st_mode & 0o077:
        return Finding(Grade.WARN, f"{what}: others on this machine can read {path}", f"chmod 600 {path}")
    return None
