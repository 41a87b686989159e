"""The door before the real library: who may come in, what each may ask, and that nothing which comes through hurts it.

SAFETY 0, A11 to A15. The peers are sockets on loopback; the gateway is a process of its own.
"""

from __future__ import annotations

import random

import pytest

from native.guard import REASONS, Guard, Permission
from tests.peers.bare_gateway import Gateway
from tests.peers.raw_sip import CRLF, Peer, sdp

LOOPBACK = [{"networks": ["127.0.0.1/32"]}]
KEYS = [f"a=crypto:{n} AES_CM_128_HMAC_SHA1_80" for n in range(100)]


@pytest.fixture(scope="module")
def gateway():
    with Gateway() as gateway:
        yield gateway
    assert gateway.status == 0


@pytest.fixture
def door(gateway):
    """The gateway with a door for 127.0.0.1, and what has been counted since."""
    gateway.ask("rules", trunks=LOOPBACK, max_calls=64)
    gateway.ask("drain", on=False)
    before = gateway.counters
    yield lambda reason: gateway.counters[reason] - before[reason]
    gateway.ask("hangup")


def up_to(gateway, more):
    """A limit for so many more calls: those of a test before, whose peer is gone, are being closed for 32 s (Timer F)."""
    return gateway.ask("calls") + more


@pytest.fixture
def peer(gateway, door):
    with Peer(gateway.udp) as peer:
        yield peer


def test_counters_have_names_and_the_library_must_be_there():
    guard = Guard()
    assert tuple(guard.counters()) == REASONS
    with pytest.raises(RuntimeError, match="not initialised"):
        guard.install()
    with pytest.raises(ValueError, match="0 to 255"):
        guard.set_account(256, 0)
    guard.remove()


@pytest.mark.real
def test_a_known_caller_gets_through(gateway, door, peer):
    call = peer.invite()
    assert call.status == 200
    assert call.bye() == 200
    assert door("requests") == 3


@pytest.mark.real
def test_a_stranger_gets_no_answer_at_all(gateway, door):
    before = gateway.ask("calls")
    with Peer(gateway.udp, host="127.0.0.2", timeout_s=0.2) as stranger:
        stranger.send(stranger.request("INVITE", body=sdp()))
        stranger.send(stranger.request("OPTIONS"))
        assert stranger.receive() is None
    assert door("stranger") == 2
    assert gateway.ask("calls") == before


@pytest.mark.real
def test_a_stranger_is_told_where_the_setting_says_so(gateway, door):
    gateway.ask("rules", trunks=LOOPBACK, max_calls=64, stranger="refuse")
    with Peer(gateway.udp, host="127.0.0.2") as stranger:
        assert stranger.invite().status == 403
        assert stranger.ask("OPTIONS").status == 403
    assert door("stranger") == 3, "the ACK of the refusal is theirs too"


@pytest.mark.real
def test_a_strangers_connection_is_closed(gateway, door):
    with Peer(gateway.tcp, host="127.0.0.2", transport="tcp") as stranger:
        stranger.send(stranger.request("OPTIONS"))
        stranger.socket.settimeout(5)
        assert stranger.socket.recv(1000) == b""
    with Peer(gateway.tcp, transport="tcp") as friend:
        assert friend.ask("OPTIONS").status == 200
    assert door("stranger") == 1


@pytest.mark.real
def test_the_same_door_for_the_new_addresses(gateway, door):
    if not gateway.udp6[1]:
        pytest.skip("this machine has no ::1")
    with Peer(gateway.udp6, host="::1", timeout_s=0.3) as peer:
        peer.send(peer.request("OPTIONS"))
        assert peer.receive() is None
        gateway.ask("rules", trunks=[{"networks": ["::/64"]}], max_calls=64)
        assert peer.ask("OPTIONS").status == 200
    assert door("stranger") == 1


@pytest.mark.real
def test_rules_may_change_under_traffic(gateway, door, peer):
    gateway.ask("churn", times=300)
    for _ in range(150):
        assert peer.ask("OPTIONS").status == 200
    while gateway.events.get(timeout=10)["event"] != "churned":
        pass
    assert (door("requests"), door("stranger")) == (150, 0)


@pytest.mark.real
def test_it_stands_aside_and_comes_back_once(gateway, door, peer):
    with pytest.raises(RuntimeError, match="already"):
        gateway.ask("reinstall")
    assert peer.ask("OPTIONS").status == 200
    assert door("requests") == 1


@pytest.mark.real
def test_a_refer_within_a_call_places_no_call(gateway, door, peer):
    """SAFETY 0.4: the library itself accepts every transfer (see the last tests of this file)."""
    with Peer(gateway.udp, timeout_s=0.3) as sink:
        call = peer.invite()
        answer = call.ask("REFER", headers=[f"Refer-To: <sip:premium@127.0.0.1:{sink.port}>", f"Referred-By: <{peer.uri}>"])
        assert answer.status == 403
        assert peer.ask("REFER", headers=[f"Refer-To: <sip:premium@127.0.0.1:{sink.port}>"]).status == 403
        assert sink.receive() is None, "an INVITE went out"
        assert call.bye() == 200
    assert door("refer") == 2


@pytest.mark.real
@pytest.mark.parametrize("method", ["MESSAGE", "SUBSCRIBE", "PUBLISH", "NOTIFY", "REGISTER"])
def test_what_is_not_allowed_is_refused_with_what_is(gateway, door, peer, method):
    answer = peer.ask(method, headers=["Event: presence"])
    assert answer.status == 405
    assert answer.header("allow") == "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK"
    assert door("method") == 1


@pytest.mark.real
def test_a_permission_opens_the_door_for_its_method_only(gateway, door, peer):
    gateway.ask("rules", trunks=[{"networks": ["127.0.0.1"], "permissions": Permission.MESSAGE}], max_calls=64)
    assert peer.ask("MESSAGE", body="hello", kind="text/plain").status == 200
    refused = peer.ask("SUBSCRIBE", headers=["Event: presence"])
    assert refused.status == 405
    assert refused.header("allow").endswith("PRACK, MESSAGE")


@pytest.mark.real
def test_methods_out_of_place_and_unknown_methods(gateway, door, peer):
    for method in ("BYE", "INFO", "UPDATE", "PRACK"):
        assert peer.ask(method).status == 481
    unknown = peer.ask("JUMP")
    assert unknown.status == 501
    assert "INVITE" in unknown.header("allow")
    assert (door("no_dialog"), door("unknown_method")) == (4, 1)


@pytest.mark.real
@pytest.mark.parametrize("header", ["Replaces: a@b;to-tag=1;from-tag=2", "Join: a@b;to-tag=1;from-tag=2"])
def test_nobody_takes_over_a_call(gateway, door, peer, header):
    assert peer.invite(headers=[header]).status == 403
    assert door("replaces") == 1


@pytest.mark.real
def test_a_full_house_says_when_to_come_back(gateway, door, peer):
    gateway.ask("rules", trunks=LOOPBACK, max_calls=up_to(gateway, 2))
    calls = [peer.invite() for _ in range(2)]
    assert [call.status for call in calls] == [200, 200]
    waits_s = set()
    for _ in range(12):
        refused = peer.invite()
        assert refused.status == 503
        waits_s.add(int(refused.response.header("retry-after")))
    assert waits_s <= set(range(1, 11))
    assert len(waits_s) > 1, "they would all come back at once"
    assert peer.ask("OPTIONS").status == 200, "full is not ill"
    assert calls[0].ask("INVITE", body=sdp()).status == 200, "a re-INVITE is not a new call"
    assert calls[1].bye() == 200
    assert peer.invite().status == 200
    assert door("calls") == 12


@pytest.mark.real
def test_an_invite_sent_again_is_not_a_call_too_many(gateway, door, peer):
    gateway.ask("rules", trunks=LOOPBACK, max_calls=up_to(gateway, 1))
    text = peer.request("INVITE", body=sdp())
    peer.send(text)
    peer.send(text)
    answers = [peer.until(status=200).status, peer.until(status=200, timeout_s=0.3)]
    assert answers[0] == 200
    assert answers[1] is None or answers[1].status == 200
    assert door("calls") == 0


@pytest.mark.real
def test_each_trunk_has_its_own_limit_and_its_own_account(gateway, door, peer):
    gateway.ask("rules", trunks=[{"networks": ["127.0.0.1"], "max_calls": 1}, {"networks": ["127.0.0.3"]}], max_calls=64)
    gateway.ask("account", trunk=0, user="first")
    gateway.ask("account", trunk=1, user="second")
    while not gateway.events.empty():
        gateway.events.get()
    try:
        with Peer(gateway.udp, host="127.0.0.3") as other:
            assert [other.invite().status for _ in range(2)] == [200, 200], "their calls are not the first trunk's"
            assert [peer.invite().status for _ in range(2)] == [200, 503]
        called: list[str] = []
        while len(called) < 3:
            event = gateway.events.get(timeout=20)
            if event["event"] == "incoming":
                called.append(event["account"])
        assert called == ["sip:second@127.0.0.1"] * 2 + ["sip:first@127.0.0.1"]
        assert door("trunk_calls") == 1
    finally:
        gateway.ask("account", trunk=0, user="")
        gateway.ask("account", trunk=1, user="")


@pytest.mark.real
def test_drained_it_finishes_calls_and_takes_none(gateway, door, peer):
    call = peer.invite()
    gateway.ask("drain", on=True)
    assert peer.invite().status == 503
    refused = peer.ask("OPTIONS")
    assert refused.status == 503
    assert 1 <= int(refused.header("retry-after")) <= 10
    assert call.ask("OPTIONS").status == 200, "the call itself is well"
    assert call.bye() == 200
    assert call.ask("OPTIONS").status == 481
    gateway.ask("drain", on=False)
    assert peer.invite().status == 200
    assert door("draining") == 2


@pytest.mark.real
def test_sound_in_the_clear_is_refused_where_keys_are_required(gateway, door, peer):
    gateway.ask("rules", trunks=[{"networks": ["127.0.0.1"], "srtp_required": True}], max_calls=64)
    assert peer.invite().status == 488
    multipart = CRLF.join(["--x", "Content-Type: application/sdp", "", sdp() + "--x--", ""])
    assert peer.invite(body=multipart, kind="multipart/mixed;boundary=x").status == 488
    assert door("plaintext") == 2


@pytest.mark.real
def test_a_hundred_keys_are_refused_and_the_next_call_is_taken(gateway, door, peer):
    """CVE-2026-57162."""
    assert peer.invite(body=sdp(profile="RTP/SAVP", lines=KEYS)).status == 488
    call = peer.invite()
    assert call.ask("INVITE", body=sdp(lines=KEYS)).status == 488
    assert call.bye() == 200
    assert door("sdp_crypto") == 2
    assert gateway.alive()


@pytest.mark.real
@pytest.mark.parametrize("line", ["a=ptime:5120", "a=rtpmap:999 telephone-event/8000", "m=audio 4002 RTP/AVP 128"])
def test_descriptions_that_the_library_gets_wrong_do_not_reach_it(gateway, door, peer, line):
    assert peer.invite(body=sdp(lines=[line])).status == 488


@pytest.mark.real
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (["X-Long: " + "x" * 5000], 400),
        (["X-Long: " + " ".join(["x" * 70 + CRLF] * 70).strip()], 400),
        ([f"X-{n}: y" for n in range(100)], 400),
        (["Record-Route: " + ",".join(["<sip:a;lr>"] * 120)], 400),
        ([f"X-{n}: " + "z" * 900 for n in range(9)], 513),
    ],
)
def test_misshapen_messages_are_refused(gateway, door, peer, headers, status):
    assert peer.ask("OPTIONS", headers=headers).status == status
    assert door("shape") == 1


@pytest.mark.real
def test_what_could_fill_the_answers_buffer_gets_no_answer(gateway, door, peer):
    """CVE-2026-57160: an answer repeats these headers."""
    peer.send(peer.request("OPTIONS", headers=["Record-Route: " + ",".join(["<sip:a;lr>"] * 1200)]))
    assert peer.receive(0.2) is None
    assert door("shape") == 1
    assert peer.ask("OPTIONS").status == 200


@pytest.mark.real
def test_garbage_does_no_harm(gateway, door, peer):
    dice = random.Random(475)
    whole = peer.request("INVITE", body=sdp()).encode()
    for _ in range(150):
        kind = dice.randrange(4)
        if kind == 0:
            data = dice.randbytes(dice.randrange(1, 1400))
        elif kind == 1:
            data = whole[: dice.randrange(len(whole))]
        elif kind == 2:
            data = bytearray(whole)
            for _ in range(dice.randrange(1, 8)):
                data[dice.randrange(len(data))] = dice.randrange(256)
        else:
            at = dice.randrange(len(whole))
            data = whole[:at] + whole[dice.randrange(len(whole)) :] + b"%s%n\0" * dice.randrange(40)
        peer.send(bytes(data))
    gateway.ask("hangup")
    with Peer(gateway.udp) as after:
        assert after.ask("OPTIONS").status == 200
        assert after.invite().bye() == 200


# --- our own requests ---


@pytest.mark.real
def test_a_foreign_realm_gets_no_digest(gateway, door, peer):
    """SAFETY 0.5: our realm is answered, any other is not, nor is a name that merely looks like ours."""
    gateway.ask("call", to=peer.uri)
    first = peer.until(method="INVITE")
    assert first.header("proxy-authorization") == ""
    peer.answer(first, 407, headers=['Proxy-Authenticate: Digest realm="evil", nonce="n1", algorithm=MD5'])
    assert peer.until(method="ACK")
    assert peer.until(method="INVITE", timeout_s=0.3) is None
    for realm in ("trunk.example.evil", "*", ""):
        gateway.ask("call", to=peer.uri)
        peer.answer(peer.until(method="INVITE"), 401, headers=[f'WWW-Authenticate: Digest realm="{realm}", nonce="n1"'])
        assert peer.until(method="ACK")
        assert peer.until(method="INVITE", timeout_s=0.2) is None, realm
    assert door("challenge") == 4


@pytest.mark.real
def test_a_bye_challenged_by_a_foreign_realm_gets_no_digest(gateway, door, peer):
    call = peer.invite()
    assert call.status == 200
    gateway.ask("hangup")
    peer.answer(peer.until(method="BYE"), 407, headers=['Proxy-Authenticate: Digest realm="evil", nonce="n1"'])
    again = peer.until(method="BYE", timeout_s=0.3)
    assert again is None or again.header("proxy-authorization") == ""


@pytest.mark.real
def test_our_own_realm_is_answered(gateway, door, peer):
    gateway.ask("call", to=peer.uri)
    peer.answer(peer.until(method="INVITE"), 407, headers=['Proxy-Authenticate: Digest realm="trunk.example", nonce="n1"'])
    second = peer.until(method="INVITE")
    assert 'realm="trunk.example"' in second.header("proxy-authorization")
    peer.answer(second, 486)
    assert peer.until(method="ACK")


@pytest.mark.real
def test_redirections_are_counted_and_service_routes_taken_out(gateway, door, peer):
    """CVE-2026-57161: nine Service-Route headers overrun the library's array of eight; here it must merely live."""
    gateway.ask("call", to=peer.uri)
    routes = ["Service-Route: <sip:127.0.0.1:9;lr>"] * 9
    peer.answer(peer.until(method="INVITE"), 302, headers=["Contact: <sip:premium@127.0.0.9>", *routes])
    assert peer.until(method="ACK")
    assert (door("redirect"), door("service_route")) == (1, 9)
    assert gateway.alive()


@pytest.mark.real
def test_a_poisoned_answer_to_our_call_is_dropped(gateway, door, peer):
    gateway.ask("call", to=peer.uri)
    invite = peer.until(method="INVITE")
    peer.answer(invite, 200, body=sdp(lines=KEYS))
    peer.answer(invite, 486)
    assert peer.until(method="ACK"), "the sound answer behind it is taken"
    assert door("bad_response") == 1


# --- what the library does by itself: why there is a door ---
