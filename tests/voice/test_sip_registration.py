"""A trunk that we register with, and who gets our digest (RFC 3261 section 22, RFC 2617): the realm must be exact."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.peers.raw_sip import Message, Peer
from tests.peers.station import Station

pytestmark = pytest.mark.real
ACCOUNT = {"user": "gw", "password": "secret", "realm": "trunk.example"}
SEEN: set[str] = set()
REALM, NONCE = "trunk.example", "f84f1cec41e6cbe5aea9c8e88d359"


def challenge(realm: str, header: str = "WWW-Authenticate") -> list[str]:
    return [f'{header}: Digest realm="{realm}", nonce="{NONCE}", algorithm=MD5']


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def is_right(authorization: str, method: str) -> bool:
    """Is this the digest of gw's password?"""
    said = dict(re.findall(r'(\w+)="?([^",]+)"?', authorization))
    wanted = md5(f"{md5(f'gw:{REALM}:secret')}:{NONCE}:{md5(f'{method}:' + said['uri'])}")
    return said["response"] == wanted and said["username"] == "gw" and said["realm"] == REALM


def let_go(registrar: Peer) -> None:
    while request := registrar.until(method="REGISTER", timeout_s=0.5):
        registrar.answer(request, 200)


@contextmanager
def registered(registrar: Peer) -> Iterator[Station]:
    """A house whose trunk is at this peer; its wish to be forgotten is granted at the end."""
    uri = f"sip:127.0.0.1:{registrar.port}"
    with Station(t1_ms=50, trunk={**ACCOUNT, "registrar": uri, "domain": "trunk.example"}) as house:
        registrar.remote = house.udp
        yield house
        goodbye = threading.Thread(target=let_go, args=[registrar])
        goodbye.start()
        house.quit()
    goodbye.join()


def asked(peer: Peer, method: str = "REGISTER", timeout_s: float = 20) -> Message:
    """The next request of this method that is not sent again only (RFC 3261 section 17.1.2.2)."""
    while request := peer.until(method=method, timeout_s=timeout_s):
        if request.header("via") not in SEEN:
            SEEN.add(request.header("via"))
            return request
    pytest.fail(f"no {method} came")


@pytest.fixture
def registrar() -> Iterator[Peer]:
    with Peer(("127.0.0.1", 9)) as peer:
        yield peer


def test_a_challenge_of_the_right_realm_is_met(registrar: Peer) -> None:
    with registered(registrar):
        first = asked(registrar)
        assert first.header("authorization") == ""
        assert "sip:gw@trunk.example" in first.header("to")
        registrar.answer(first, 401, headers=challenge(REALM))
        second = asked(registrar)
        assert is_right(second.header("authorization"), "REGISTER")
        registrar.answer(second, 200, headers=[f"Contact: {second.header('contact')};expires=300"])


def test_the_house_takes_its_leave(registrar: Peer) -> None:
    with Station(t1_ms=50, trunk={**ACCOUNT, "registrar": f"sip:127.0.0.1:{registrar.port}"}) as house:
        registrar.remote = house.udp
        first = asked(registrar)
        registrar.answer(first, 200, headers=[f"Contact: {first.header('contact')};expires=300"])
        house.ask("counts")
        house.quit()
        last = asked(registrar)
        assert "expires=0" in last.header("contact") or last.header("expires") == "0"
        registrar.answer(last, 200)


def test_a_registrar_of_another_realm_gets_nothing(registrar: Peer) -> None:
    with registered(registrar) as house:
        registrar.answer(asked(registrar), 401, headers=challenge("elsewhere.example"))
        while again := registrar.until(method="REGISTER", timeout_s=0.4):
            assert again.header("authorization") == ""
        house.pardon()


def test_a_call_through_the_trunk_meets_its_challenge_only(registrar: Peer) -> None:
    """407 to our INVITE: the right realm gets the digest, any other one no more than the end of the call."""
    with registered(registrar) as house:
        first = asked(registrar)
        registrar.answer(first, 200, headers=[f"Contact: {first.header('contact')};expires=300"])
        house.dial(f"sip:callee@127.0.0.1:{registrar.port}")
        registrar.answer(asked(registrar, "INVITE"), 407, headers=challenge(REALM, "Proxy-Authenticate"))
        second = asked(registrar, "INVITE")
        assert is_right(second.header("proxy-authorization"), "INVITE")
        registrar.answer(second, 486)
        assert house.event("HungUp")["status"] == 486
        for realm in ("elsewhere.example", "*", "", "trunk.example.evil", "TRUNK.example "):
            house.dial(f"sip:callee@127.0.0.1:{registrar.port}")
            registrar.answer(asked(registrar, "INVITE"), 407, headers=challenge(realm, "Proxy-Authenticate"))
            assert house.event("HungUp")["status"] == 407
        assert registrar.until(method="INVITE", timeout_s=0.3) is None


def test_a_challenge_within_a_call_gets_nothing_from_a_trunk_without_a_password(registrar: Peer) -> None:
    """A caller who answers our BYE with 407 fishes for a digest."""
    with Station() as house, Peer(house.udp) as peer:
        peer.invite()
        house.event("Answered")
        house.ask("hang_up", call=house.ask("last"))
        bye = asked(peer, "BYE")
        peer.answer(bye, 407, headers=challenge("phish.example", "Proxy-Authenticate"))
        assert peer.until(method="BYE", timeout_s=0.3) is None
        assert house.is_empty()
