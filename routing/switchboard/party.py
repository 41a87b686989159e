"""Who is on a conversation beside the caller, and who hears whom. Pure but for the calls that are named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from voice.call import Call
from voice.sip.facts import Headers

T = TypeVar("T")


class Role(StrEnum):
    """front: talks to the caller. second: is consulted, or will take over. listener: hears all, and is heard by nobody."""

    FRONT = "front"
    SECOND = "second"
    LISTENER = "listener"


@dataclass(frozen=True, slots=True)
class Ring:
    """Somebody who is to be called. key: by what he is known here (his assignment, or whatever is unique). assignment: "" for who
    is no operator with one. blind: he takes over as soon as he answers, and is not consulted before.
    """

    key: str
    role: Role
    uri: str = field(repr=False)
    trunk: str
    ring_s: float
    assignment: str = ""
    whisper: str = field(default="", repr=False)
    language: str = ""
    headers: Headers = ()
    blind: bool = False


@dataclass(slots=True, eq=False)
class Party:
    """One who is on the line. spoke: he has said something since he was put through."""

    call: Call
    ring: Ring
    role: Role
    pump: asyncio.Task[None] | None = None
    spoke: bool = False
    held: bool = False  # he has put us on hold with his own telephone

    @property
    def assignment(self) -> str:
        return self.ring.assignment


def hearing(
    caller: T, front: T | None, second: T | None, listeners: Iterable[T], *, held: bool, consulting: bool
) -> list[tuple[T, T]]:
    """Who hears whom, as (speaker, listener).

    held: the caller waits. consulting: the two operators talk alone, and the caller waits. Neither, and there is a second:
    a conference of three.
    """
    if front is None:
        talking = [] if second is None or consulting or held else [caller, second]
    elif consulting and second is not None:
        talking = [front, second]
    elif held:
        talking = []
    else:
        talking = [caller, front, *([second] if second is not None else [])]
    pairs = [(one, other) for one in talking for other in talking if one is not other]
    everybody = [caller, *(one for one in (front, second) if one is not None)]
    return pairs + [(one, listener) for listener in listeners for one in everybody]
