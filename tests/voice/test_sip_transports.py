"""Two houses on loopback: every transport, every codec, both rates, encrypted or not; a tone goes each way and is measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.peers.certificate import certificate
from tests.peers.raw_sip import Peer, sdp
from tests.peers.station import Station

pytestmark = pytest.mark.real
HEARD_HZ, SAID_HZ = 500, 700
OPEN_SRTP = {"srtp_without_tls": True}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def wide_house() -> Iterator[Station]:
    with Station(rate_hz=16000) as station:
        yield station


@pytest.fixture(scope="module")
def caller(files: dict[str, str]) -> Iterator[Station]:
    with Station(transports=["udp", "tcp", "tls"], **files) as station:
        yield station


def talk(house: Station, caller: Station, transport: str = "udp") -> dict[str, Any]:
    """One call with sound both ways; gives the caller's last word about its media."""
    number = caller.dial(house.uri("answer", transport))
    there = house.event("offered")["call"]
    caller.event("Answered", call=number)
    media = caller.event("MediaChanged", call=number)
    house.event("Answered", call=there)
    house.ask("play", call=there, hz=HEARD_HZ)
    caller.ask("play", call=number, hz=SAID_HZ)
    heard = caller.hears(number, HEARD_HZ), house.hears(there, SAID_HZ)
    caller.ask("hang_up", call=number)
    house.event("HungUp", call=there)
    assert heard == (True, True)
    assert house.is_empty()
    return media


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_call_over(house: Station, caller: Station, transport: str) -> None:
    talk(house, caller, transport)


def test_a_call_over_ipv6() -> None:
    with Station(host="::1") as house, Station(host="::1") as caller:
        talk(house, caller)
        talk(house, caller, "tcp")


def test_a_call_over_tls_whose_certificate_is_checked(files: dict[str, str], caller: Station) -> None:
    with Station(transports=["tls"], **files) as house:
        talk(house, caller, "tls")


def test_encrypted_sound_over_tls(files: dict[str, str]) -> None:
    encrypted = {"transports": ["tls"], "trunk": {"srtp": "required"}, **files}
    with Station(**encrypted) as house, Station(**encrypted) as caller:
        talk(house, caller, "tls")


def test_a_certificate_of_nobody_known_is_refused(caller: Station, tmp_path: Path) -> None:
    with Station(transports=["tls"], **certificate(tmp_path)) as house:
        number = caller.dial(house.uri("answer", "tls"))
        assert caller.event("HungUp", call=number)["status"] in (502, 503)
        assert house.nothing("offered", for_s=0.1)


@pytest.fixture(scope="module", params=["required", "optional"])
def encrypting(request: pytest.FixtureRequest) -> Iterator[Station]:
    with Station(trunk={"srtp": request.param, **OPEN_SRTP}) as station:
        yield station


def test_encrypted_sound_where_both_can(encrypting: Station) -> None:
    with Station(trunk={"srtp": "required", **OPEN_SRTP}) as house:
        talk(encrypting, house)  # required first: an offer of both by the other side is as good as plain (RFC 4568 section 6.1)


def test_an_offer_of_both_is_answered_by_one_who_knows_plain_sound_only(house: Station) -> None:
    with Station(trunk={"srtp": "optional", **OPEN_SRTP}) as caller:
        talk(house, caller)


def test_required_refuses_plain_sound() -> None:
    with Station(trunk={"srtp": "required", **OPEN_SRTP}) as house, Peer(house.udp) as peer:
        assert peer.invite().status == 488
        assert house.nothing("offered", for_s=0.1)
        key = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
        call = peer.invite(body=sdp(profile="RTP/SAVP", lines=[key]))
        assert call.status == 200
        assert "RTP/SAVP" in call.response.body  # type: ignore[union-attr]
        assert call.bye() == 200


@pytest.mark.parametrize("codec", ["pcma", "pcmu", "g722", "opus"])
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_every_codec_carries_sound_both_ways(
    house: Station, wide_house: Station, caller: Station, codec: str, rate_hz: int
) -> None:
    caller.ask("codecs", names=[codec])
    media = talk(house if rate_hz == 8000 else wide_house, caller)
    assert media["codec"].lower() == codec
    assert media["rate_hz"] == {"pcma": 8000, "pcmu": 8000, "g722": 16000, "opus": 48000}[codec]


def test_a_codec_that_nobody_speaks_is_refused(house: Station) -> None:
    with Peer(house.udp) as peer:
        body = sdp().replace("RTP/AVP 0 101", "RTP/AVP 3 101").replace("a=rtpmap:0 PCMU/8000", "a=rtpmap:3 GSM/8000")
        assert peer.invite(body=body).status == 488
    assert house.is_empty()
