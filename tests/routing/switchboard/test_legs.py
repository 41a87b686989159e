"""Why somebody could not be reached, by what his side says; and when a telephone without BYE is taken for dead, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from routing.switchboard.legs import answering, lost, reason
from tests.virtual_time import VirtualLoop, run
from voice.call import Call
from voice.errors import SipError


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (486, "busy"), (600, "busy"), (480, "no_answer"), (408, "no_answer"), (487, "no_answer"), (603, "rejected"), (403, "rejected"),
        (401, "rejected"), (404, "unreachable"), (484, "unreachable"), (500, "unreachable"), (503, "unreachable"), (604, "unreachable"),
    ],
)  # fmt: skip
def test_reasons(status: int, why: str) -> None:
    assert reason(status) == why


def test_headers_by_which_telephones_answer_by_themselves() -> None:
    assert dict(answering("sip:hotline@192.0.2.1")) == {
        "Call-Info": "<sip:hotline@192.0.2.1>;answer-after=0",
        "Alert-Info": "<http://127.0.0.1>;info=alert-autoanswer;delay=0",
    }


class Sending:
    """A call whose telephone has sent so many packets by so many seconds."""

    def __init__(self, by_s: Callable[[float], int], ends_s: float = 1e9) -> None:
        self.by_s, self.ends_s = by_s, ends_s
        self.begun_s = asyncio.get_running_loop().time()

    @property
    def at_s(self) -> float:
        return asyncio.get_running_loop().time() - self.begun_s

    async def received(self) -> int:
        if self.at_s >= self.ends_s:
            raise SipError("ended")
        return self.by_s(self.at_s)


def lost_at(by_s: Callable[[float], int], held: Callable[[float], bool] = lambda at_s: False, ends_s: float = 600.0) -> float:
    """After how many seconds it is taken for dead with a limit of 15; infinite where the call has ended before."""

    async def job() -> float:
        loop = cast(VirtualLoop, asyncio.get_running_loop())
        call: Any = Sending(by_s, ends_s)
        gone = await lost(cast(Call, call), 15.0, lambda: held(call.at_s), loop.now_ns)
        return call.at_s if gone else float("inf")

    return float(run(job()))


def test_a_telephone_that_sends_no_more_is_dead_after_the_limit_and_little_later() -> None:
    assert 15 <= lost_at(lambda _: 0) <= 20
    assert 36 <= lost_at(lambda at_s: int(min(at_s, 21) * 50)) <= 41


def test_one_that_sends_on_lives_until_the_call_ends() -> None:
    assert lost_at(lambda at_s: int(at_s / 14)) == float("inf")


def test_the_time_on_hold_counts_neither_meanwhile_nor_in_the_moment_after_it() -> None:
    held_until_s = 44.9
    gone = lost_at(lambda at_s: 500, held=lambda at_s: 10 <= at_s < held_until_s)
    assert held_until_s + 10 <= gone <= held_until_s + 20
