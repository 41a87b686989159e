"""A caller who goes at every possible moment, politely or by vanishing: nothing of his call is left, and the next one is answered.

T1 is 20 ms here, so that RFC 3261's time-outs (64 T1) take 1.3 s instead of 32.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.peers.raw_sip import Dialog, Peer, sdp
from tests.peers.rtp import Rtp, media_of
from tests.peers.station import LEFT, Station

pytestmark = pytest.mark.real
VOICE = (6000 * np.sign(np.sin(np.arange(16000) * 2 * np.pi * 130 / 8000)) * (1 + np.sin(np.arange(16000) / 500))).astype(
    np.int16
)


@pytest.fixture(scope="module")
def house() -> Iterator[Station]:
    with Station(t1_ms=20) as station:
        yield station


class Caller:
    """One who goes as far as he is told to."""

    def __init__(self, house: Station, peer: Peer, rtp: Rtp) -> None:
        self.house, self.peer, self.rtp = house, peer, rtp
        self.call = Dialog(peer, "talk")

    def dials(self, user: str = "talk") -> None:
        self.call = Dialog(self.peer, user)
        self.call.start(body=sdp(port=self.rtp.port))

    def waits_for(self, status: int, user: str) -> None:
        self.dials(user)
        self.call.expect(status)

    def is_answered(self) -> None:
        self.dials()
        self.rtp.to = media_of(self.call.expect(200).body)

    def acknowledges(self) -> None:
        self.is_answered()
        self.call.ack()

    def is_up(self) -> None:
        self.acknowledges()
        self.house.event("Answered")

    def hears(self) -> None:
        self.is_up()
        assert self.rtp.received(packets=5) == 5

    def speaks(self) -> None:
        self.is_up()
        self.rtp.speak(VOICE[:6400])
        self.house.event("SpeechBegan")

    def has_spoken(self) -> None:
        """His words are being recognised, which takes this house's ear a second."""
        self.speaks()
        self.rtp.speak(np.zeros(1600, np.int16))
        self.house.event("SpeechPaused")

    def says_goodbye(self) -> None:
        if self.call.status >= 200:
            assert self.call.bye() == 200
            return
        self.call.cancel()
        while final := self.peer.until(status=200, timeout_s=1):
            if final.method == "INVITE":
                self.call.response, self.call.remote_tag = final, final.tag("to")
                self.call.ack()
                if final.status == 200:
                    assert self.call.bye() == 200
                return


EARLY: dict[str, Callable[[Caller], None]] = {
    "after INVITE": Caller.dials,
    "after 100": lambda caller: caller.waits_for(100, "wait"),
    "after 180": lambda caller: caller.waits_for(180, "ring"),
    "after 183": lambda caller: caller.waits_for(183, "early"),
}
LATE: dict[str, Callable[[Caller], None]] = {
    "between 200 and ACK": Caller.is_answered,
    "right after ACK": Caller.acknowledges,
    "while a prompt plays": Caller.hears,
    "while he speaks": Caller.speaks,
    "while he is being understood": Caller.has_spoken,
}


@pytest.fixture
def caller(house: Station) -> Iterator[Caller]:
    """Afterwards nothing may be left, and the house takes the next call."""
    house.forget()
    with Peer(house.udp) as peer, Rtp() as rtp:
        yield Caller(house, peer, rtp)
    counts = house.settle(4)
    assert {name: counts[name] for name in LEFT} == dict.fromkeys(LEFT, 0)
    house.forget()
    with Peer(house.udp) as peer:
        following = peer.invite(user="answer")
        assert following.status == 200
        house.event("Answered")
        assert following.bye() == 200
        house.event("done")
    assert house.alive()
    assert house.complaints() == ""


@pytest.mark.parametrize("moment", {**EARLY, **LATE})
def test_he_says_goodbye(caller: Caller, moment: str) -> None:
    {**EARLY, **LATE}[moment](caller)
    caller.says_goodbye()


@pytest.mark.parametrize("moment", LATE)
def test_he_vanishes_from_a_call_and_we_hang_up(caller: Caller, house: Station, moment: str) -> None:
    LATE[moment](caller)
    caller.peer.socket.close()
    caller.rtp.socket.close()
    house.ask("hang_up", call=house.ask("last"))
    house.event("HungUp", by_us=True)


def test_he_never_acknowledges(caller: Caller, house: Station) -> None:
    """Timer H (RFC 3261 section 17.2.1): 200 is sent again and again, then the call is given up."""
    caller.is_answered()
    ended = house.event("HungUp")
    assert ended["status"] == 408
    assert not ended["by_us"]
    answers = 0
    while message := caller.peer.receive(0.05):
        answers += message.status == 200
    assert answers >= 4, "the answer is sent again until it is acknowledged (section 13.3.1.4)"


def test_he_vanishes_while_it_rings_and_we_answer(caller: Caller, house: Station) -> None:
    EARLY["after 180"](caller)
    caller.peer.socket.close()
    house.ask("answer", call=house.ask("last"))
    assert house.event("HungUp")["status"] == 408


def test_both_hang_up_at_once(caller: Caller, house: Station) -> None:
    for _ in range(5):
        caller.is_up()
        number = house.ask("last")
        caller.peer.send(caller.peer.request("BYE", dialog=caller.call))
        try:
            house.ask("hang_up", call=number)
        except Exception as error:
            assert str(number) in str(error)  # noqa: PT017  # his BYE was quicker: the test's own list is empty
        while message := caller.peer.receive(0.1):
            if message.status == 0:
                caller.peer.answer(message, 200)
        house.event("done")


def test_a_handler_that_looks_away_is_ended_after_a_while(house: Station, caller: Caller) -> None:
    """Five seconds after its call; nothing of the call is kept till then but the handler's own."""
    caller.call = caller.peer.invite(user="deaf")
    assert caller.call.bye() == 200
    begun = time.monotonic()
    assert house.settle(1)["calls"] == 0
    assert house.settle(30)["tasks"] == 0
    assert time.monotonic() - begun > 4
