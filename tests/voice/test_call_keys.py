"""Keys on a real call: as RFC 4733 events, as SIP INFO, as tones in the sound, and all at once; and keys that we send."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from bench.tones import Press, pcm16
from tests.peers.raw_sip import Dialog, Peer, sdp
from tests.peers.rtp import Rtp, media_of
from tests.peers.station import Station
from voice.sip.endpoint import POLL_MS

pytestmark = pytest.mark.real


class Telephone:
    """A call that is up, with its sound."""

    def __init__(self, peer: Peer, rtp: Rtp, body: str = "") -> None:
        self.rtp = rtp
        self.call: Dialog = peer.invite(body=body or sdp(port=rtp.port))
        assert self.call.response is not None
        rtp.to = media_of(self.call.response.body)

    def info(self, key: str, kind: str = "application/dtmf-relay") -> int:
        body = f"Signal={key}\r\nDuration=160\r\n" if kind.endswith("relay") else key
        answer = self.call.ask("INFO", body=body, kind=kind)
        return answer.status if answer else 0

    def tone(self, key: str, ms: int = 100) -> None:
        self.rtp.speak(pcm16(Press(key, ms, 60).sound()))


@pytest.fixture
def telephone(house: Station) -> Iterator[Telephone]:
    house.forget()
    with Peer(house.udp) as peer, Rtp() as rtp:
        telephone = Telephone(peer, rtp)
        house.event("Answered")
        yield telephone
        assert telephone.call.bye() == 200
    house.event("done")
    assert house.is_empty()


def keys(house: Station, wanted: str, quiet_s: float = 0.2) -> bool:
    """Do these keys come, in this order, and no other within so long?"""
    for key in wanted:
        found = house.event("Digit")["key"]
        assert found == key, f"{found} and not {key} of {wanted}"
    return house.nothing("Digit", for_s=quiet_s)


def test_keys_as_events(house: Station, telephone: Telephone) -> None:
    for key in "1*#0":
        telephone.rtp.press(key)
    assert keys(house, "1*#0")


def test_a_key_waits_for_no_turn_of_the_sip_thread(house: Station, telephone: Telephone) -> None:
    late_ms = []
    for number, key in enumerate("12345678"):
        time.sleep(0.2 + 0.013 * number)
        pressed_ns = time.monotonic_ns()
        telephone.rtp.press(key, frames=2, ends=1)
        late_ms.append((house.event("Digit")["at_ns"] - pressed_ns) / 1e6)
    assert sorted(late_ms)[3] < POLL_MS * 0.4, "a tick of 20 ms and half of a turn, where nobody calls that thread"


def test_one_key_twice_a_long_one_and_one_whose_end_is_lost(house: Station, telephone: Telephone) -> None:
    telephone.rtp.press("4")
    telephone.rtp.press("4")
    telephone.rtp.press("5", frames=25)
    telephone.rtp.press("6", ends=0)
    telephone.rtp.press("7")
    assert keys(house, "44567")


@pytest.mark.parametrize("kind", ["application/dtmf-relay", "application/dtmf"])
def test_keys_as_info(house: Station, telephone: Telephone, kind: str) -> None:
    assert [telephone.info(key, kind) for key in "9*"] == [200, 200]
    assert keys(house, "9*")


def test_other_infos_are_answered_and_are_no_keys(house: Station, telephone: Telephone) -> None:
    empty = telephone.call.ask("INFO")
    assert empty is not None
    assert empty.status == 200
    assert telephone.info("hello", "text/plain") == 415
    assert telephone.info("hello", "application/dtmf") == 400
    assert telephone.info("", "application/dtmf-relay") in (200, 400)
    assert keys(house, "")


def test_keys_in_the_sound(house: Station, telephone: Telephone) -> None:
    for key in "28":
        telephone.tone(key)
    assert keys(house, "28")


def test_one_press_that_comes_in_three_ways_is_one_key(house: Station, telephone: Telephone) -> None:
    """A gateway that lets the tone through before it sends the event, and a proxy that adds an INFO."""
    for key in "35":
        telephone.tone(key, 60)
        telephone.rtp.press(key)
        assert telephone.info(key) == 200
    assert keys(house, "35", 0.7)


def test_a_key_stops_the_prompt(house: Station, telephone: Telephone) -> None:
    house.ask("play", call=house.ask("last"), hz=440, seconds=10)
    telephone.rtp.press("1")
    assert house.event("PromptCut")["played_samples"] < 8 * 8000
    assert keys(house, "1")


def test_we_send_keys_as_events(house: Station) -> None:
    with Station() as caller:
        number = caller.dial(house.uri())
        caller.event("Answered")
        house.forget()
        caller.ask("send_keys", call=number, args=["12*#"])
        assert keys(house, "12*#", 0.7)
        assert caller.ask("counts")["calls"] == 1
        caller.ask("hang_up", call=number)


def test_we_send_keys_as_info_where_the_other_side_knows_no_events(house: Station) -> None:
    with Peer(house.udp) as peer, Rtp() as rtp:
        plain = sdp(port=rtp.port).replace(" 0 101", " 0").replace("a=rtpmap:101 telephone-event/8000\r\n", "")
        telephone = Telephone(peer, rtp, plain)
        house.event("Answered")
        house_call = house.ask("last")
        bodies = []

        def answering() -> None:
            while len(bodies) < 2 and (info := peer.until(method="INFO")):
                bodies.append(info.body)
                peer.answer(info, 200)

        answerer = threading.Thread(target=answering)
        answerer.start()
        house.ask("send_keys", call=house_call, args=["7#"])
        answerer.join(timeout=30)
        assert [body.split()[0] for body in bodies] == ["Signal=7", "Signal=#"]
        assert telephone.call.bye() == 200
