"""What a dialogue wants done outside of itself: each working act becomes, by its deadline and whatever happens, one event.

Connectors, proofs, senders and recorders are handed in; a channel that lacks one says so by `Failed`, and the flow goes its
other way. Arguments and results are personal data: no text of an error ever holds them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ivr.actions import CallBack, Context, Delivered, Event, Failed, Looked, LookUp, Record, Recorded, SendLink, Verified, Verify
from ivr.actions import Working as Act
from voice.errors import HotlineError

T = TypeVar("T")
log = logging.getLogger(__name__)
RECORD_GRACE_S = 60.0  # beyond the message itself: what is said before it, and the words in it


class Refused(HotlineError):
    """Somebody outside said no. `why` is one word for the log and the flow: "wrong", "locked", "consent", ..."""

    def __init__(self, why: str) -> None:
        super().__init__(f"refused: {why}")
        self.why = why


@dataclass(frozen=True, slots=True)
class Proof:
    """What a proof has shown: the confidence reached, and what is known of the customer now."""

    confidence: str = "proved"
    context: Context | None = None


Connector = Callable[[Mapping[str, Any]], Awaitable[Any]]  # a Mapping, or None for "no such thing"
Prover = Callable[[Mapping[str, Any]], Awaitable[Proof]]


@dataclass(frozen=True, slots=True)
class Deeds:
    """Who does what. connectors: by their name in the flow; provers: by method; the others take the act itself.

    Each may raise Refused; anything else that it raises counts as a fault of its own.
    """

    connectors: Mapping[str, Connector] = field(default_factory=dict)
    provers: Mapping[str, Prover] = field(default_factory=dict)
    send_link: Callable[[SendLink], Awaitable[None]] | None = None
    call_back: Callable[[CallBack], Awaitable[None]] | None = None
    record: Callable[[Record], Awaitable[Recorded]] | None = None

    async def do(self, act: Act) -> Event:
        """The event that answers this act. Never raises, and never takes longer than the act allows."""
        match act:
            case LookUp(request=request, connector=name, arguments=arguments, deadline_s=deadline_s):
                result, why = await _done(self.connectors.get(name), arguments, deadline_s)
                if result is not None and not isinstance(result, Mapping):
                    result, why = None, "shape"
                return Looked(request, result, why)
            case Verify(request=request, method=method, arguments=arguments, deadline_s=deadline_s):
                proof, why = await _done(self.provers.get(method), arguments, deadline_s)
                return (
                    Verified(request, proof.confidence, proof.context)
                    if proof is not None
                    else Failed(request, why or "unproved")
                )
            case SendLink(request=request, deadline_s=deadline_s):
                _, why = await _done(self.send_link, act, deadline_s)
            case CallBack(request=request, deadline_s=deadline_s):
                _, why = await _done(self.call_back, act, deadline_s)
            case Record(request=request, longest_s=longest_s):
                recorded, why = await _done(self.record, act, longest_s + RECORD_GRACE_S)
                return recorded if recorded is not None else Failed(request, why or "empty")
        return Failed(request, why) if why else Delivered(request)


async def _done(doer: Callable[[Any], Awaitable[T]] | None, what: Any, deadline_s: float) -> tuple[T | None, str]:
    """What it gave, or why it came to nothing: "unknown", "deadline", "fault", or the doer's own word."""
    if doer is None:
        return None, "unknown"
    task = asyncio.ensure_future(_running(doer, what))
    try:
        done, _ = await asyncio.wait({task}, timeout=deadline_s)
    except asyncio.CancelledError:
        abandon(task)
        raise
    if not done:
        # One that does not even heed its cancellation must not make the caller wait.
        abandon(task)
        return None, "deadline"
    try:
        return task.result(), ""
    except Refused as refusal:
        return None, refusal.why
    except Exception as error:
        log.error("a deed failed: %s", place(error))
        return None, "fault"
    except asyncio.CancelledError:
        return None, "fault"


async def _running(doer: Callable[[Any], Awaitable[T]], what: Any) -> T:
    """Also a doer that raises before it gives anything to await is only a task that failed."""
    return await doer(what)


def abandon(task: asyncio.Task[Any] | asyncio.Future[Any]) -> None:
    """Cancel it and wait no longer; what it may still raise is nobody's affair."""
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
    task.cancel()


def place(error: BaseException) -> str:
    """Kind and place of an error, without its text, which may hold anything: "KeyError in orders.py:17"."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = f" in {last.tb_frame.f_code.co_filename.rpartition('/')[2]}:{last.tb_lineno}" if last is not None else ""
    return f"{type(error).__name__}{where}"
