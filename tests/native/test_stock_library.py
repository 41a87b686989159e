"""What the stock library does without the guard: the two faults that the guard is there for (SAFETY.md 0.4 and 0.5)."""

from __future__ import annotations

import pytest

from tests.peers.bare_gateway import Gateway
from tests.peers.raw_sip import Peer


@pytest.fixture(scope="module")
def stock():
    """The same gateway without the guard, and with the credentials of the usual example (realm "*")."""
    with Gateway(guard=False, realm="*") as gateway:
        yield gateway


@pytest.mark.real
def test_the_stock_library_places_a_call_for_anyone_who_refers(stock):
    with Peer(stock.udp) as peer, Peer(stock.udp) as sink:
        call = peer.invite()
        assert call.ask("REFER", headers=[f"Refer-To: <sip:premium@127.0.0.1:{sink.port}>"]).status == 202
        invite = sink.until(method="INVITE")
        assert invite.first.startswith(f"INVITE sip:premium@127.0.0.1:{sink.port}")
        sink.answer(invite, 486)
        stock.ask("hangup")


@pytest.mark.real
def test_the_stock_library_gives_its_digest_to_any_realm(stock):
    with Peer(stock.udp) as peer:
        stock.ask("call", to=peer.uri)
        peer.answer(peer.until(method="INVITE"), 407, headers=['Proxy-Authenticate: Digest realm="evil", nonce="n1"'])
        leaked = peer.until(method="INVITE").header("proxy-authorization")
        assert 'realm="evil"' in leaked
        assert "response=" in leaked
