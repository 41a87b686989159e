"""How a house begins and ends: what does not work is said, SIGTERM with calls up is clean, and nothing grows with the calls."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.peers.certificate import certificate
from tests.peers.process import PeerError
from tests.peers.raw_sip import Dialog, Peer
from tests.peers.station import LEFT, Station

pytestmark = pytest.mark.real
SHORT_CALLS = 200


@pytest.fixture(scope="module")
def caller() -> Iterator[Station]:
    with Station(max_calls=64) as station:
        yield station


# The beginning.


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
def test_a_port_in_use_is_said_with_a_remedy(kind: socket.SocketKind) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PeerError, match=rf"port {port} of 127.0.0.1 cannot be opened.*--port") as error:
            Station(port=port)
    assert error.value.kind == "ConfigError"
    with Station(port=port) as station:
        assert station.ports["udp"] == port, "it is free again, whoever had tried"


def test_an_address_that_is_not_ours() -> None:
    with pytest.raises(PeerError, match=r"192\.0\.2\.1") as error:
        Station(host="192.0.2.1")
    assert error.value.kind == "ConfigError"


@pytest.mark.parametrize("wrong", ["missing", "rubbish", "another key", "no authority"])
def test_what_is_wrong_with_the_certificate_is_said(wrong: str, tmp_path: Path) -> None:
    files = certificate(tmp_path)
    nothing = tmp_path / "nothing.pem"
    match wrong:
        case "missing":
            files["tls_certificate"] = str(nothing)
        case "rubbish":
            nothing.write_text("rubbish")
            files["tls_certificate"] = str(nothing)
        case "another key":
            (tmp_path / "other").mkdir()
            files["tls_key"] = certificate(tmp_path / "other")["tls_key"]
        case "no authority":
            files["tls_ca"] = str(nothing)
    with pytest.raises(PeerError, match=r"TLS cannot be used.*PEM") as error:
        Station(transports=["tls"], **files)
    assert error.value.kind == "ConfigError"


def test_one_library_for_all() -> None:
    """pjsua2 and the native modules see the same library in the same state, and it is loaded once."""
    with Station() as house:
        seen = house.ask("libraries")
    assert seen["native"] == seen["pjsua2"] == seen["running"] == 4
    names = [Path(path).name for path in seen["loaded"]]
    assert names.count("libpjsua.so.2") == 1
    assert len(names) == len(set(names))
    assert len({Path(path).parent for path in seen["loaded"]}) == 1


# The end.


def test_sigterm_with_ten_calls_up(caller: Station) -> None:
    house = Station()
    try:
        for _ in range(10):
            number = caller.dial(house.uri("talk"))
            caller.event("Answered", call=number)
        caller.forget()
        begun = time.monotonic()
        assert house.terminate() == 0
        assert time.monotonic() - begun < 30
        assert house.complaints() == ""
        assert all(caller.event("HungUp")["status"] == 200 for _ in range(10))
        assert caller.is_empty()
    finally:
        house.kill()


def test_sigterm_while_calls_ring_and_are_placed(caller: Station) -> None:
    """Those that ring get 503, those that we placed get CANCEL, those whose other side is gone are let go."""
    house = Station(t1_ms=20)
    try:
        with Peer(house.udp) as gone:
            gone.invite(user="answer")
        for user in ("ring", "early", "wait"):
            caller.dial(house.uri(user))
            house.event("offered", user=user)
        house.dial(caller.uri("ring"))
        caller.event("offered")
        caller.forget()
        assert house.terminate() == 0
        assert house.complaints() == ""
        assert sorted(caller.event("HungUp")["status"] for _ in range(4)) == [487, 503, 503, 503]
    finally:
        house.kill()


def test_a_second_sigterm_changes_nothing(caller: Station) -> None:
    house = Station()
    try:
        caller.dial(house.uri("talk"))
        house.event("Answered")
        house.child.send_signal(signal.SIGTERM)
        assert house.terminate() == 0
        assert house.complaints() == ""
    finally:
        house.kill()


def until_answered(peer: Peer, status: int) -> Dialog:
    """What was ordered, or has ended, is known to the SIP thread a little later."""
    last = time.monotonic() + 20
    while (call := peer.invite()).status != status:
        assert time.monotonic() < last, f"{call.status} and not {status}"
        assert call.status != 200 or call.bye() == 200
        time.sleep(0.05)
    return call


def test_a_house_that_drains_takes_no_new_calls(caller: Station) -> None:
    with Station() as house, Peer(house.udp) as peer:
        number = caller.dial(house.uri("answer"))
        caller.event("Answered", call=number)
        house.ask("drain", on=True)
        refused = until_answered(peer, 503)
        assert refused.response is not None
        assert refused.response.header("retry-after")
        assert caller.ask("state", call=number) == "up"
        house.ask("drain", on=False)
        assert until_answered(peer, 200).bye() == 200
        caller.ask("hang_up", call=number)


def test_more_calls_than_configured_are_refused() -> None:
    with Station(max_calls=3) as house, Peer(house.udp) as peer:
        up = [peer.invite() for _ in range(3)]
        over = peer.invite()
        assert (over.status, [call.status for call in up]) == (503, [200] * 3)
        assert up[0].bye() == 200
        house.event("done")
        again = until_answered(peer, 200)  # a seat that is free is taken again
        for call in (*up[1:], again):
            assert call.bye() == 200
        assert house.is_empty()


# Nothing grows.


def short_calls(peer: Peer, count: int) -> None:
    for _ in range(count):
        call = Dialog(peer, "talk")
        call.start()
        call.expect(200)
        call.ack()
        assert call.bye() == 200


def test_two_hundred_short_calls_leave_nothing() -> None:
    # A transaction lives on for 64 T1, to answer what is sent again; with T1 of 10 ms that is over within the second.
    with Station(t1_ms=10) as house, Peer(house.udp) as peer:
        counts = []
        for _ in range(6):
            short_calls(peer, SHORT_CALLS)
            time.sleep(0.8)
            counts.append(house.settle())
        before, after = counts[1], counts[-1]
        assert {name: after[name] for name in LEFT} == dict.fromkeys(LEFT, 0)
        assert after["fds"] == before["fds"]
        assert after["threads"] == before["threads"]
        # A leak shows in every round; how many transactions were alive at once differs from one to the next.
        assert min(later["rss_kb"] - sooner["rss_kb"] for sooner, later in pairwise(counts[1:])) < SHORT_CALLS, counts


def test_a_call_outlives_those_whose_seat_is_used_again() -> None:
    """Two seats and a hundred callers: the objects of those who left must not end the call of whoever sits there now."""
    with Station(max_calls=2, t1_ms=20) as house, Peer(house.udp) as peer, Peer(house.udp) as staying:
        long = staying.invite(user="talk")
        house.event("Answered")
        first = house.ask("last")
        answered = 0
        while answered < 100:
            call = Dialog(peer, "talk")
            call.start()
            if call.expect(200).status == 200:
                answered += 1
                call.ack()
                assert call.bye() == 200
            else:
                call.ack()  # the seat is not yet free again
        assert house.ask("state", call=first) == "up"
        assert house.nothing("HungUp", for_s=0, call=first)
        assert long.bye() == 200
        assert house.is_empty()


def test_a_hundred_calls_by_sipp(tmp_path: Path) -> None:
    """A telephone that is no relative of ours: 50 calls a second, its own way of everything."""
    with Station() as house:
        command = ["sipp", "-sn", "uac", "-s", "talk", "-i", "127.0.0.1", "-m", "100", "-r", "50", "-d", "300", "-timeout", "15"]
        run = subprocess.run(
            [*command, "-nostdin", f"127.0.0.1:{house.ports['udp']}"], cwd=tmp_path, capture_output=True, check=False
        )
        assert run.returncode == 0, run.stdout.decode()[-2000:]
        assert sum(house.event("done")["sent"] > 0 for _ in range(100)) == 100
        assert house.is_empty()


def test_a_collector_that_runs_all_the_time_finds_nothing_to_break(caller: Station) -> None:
    """Python's collector at every turn, its memory checked: a leg must never be destroyed but on the SIP thread."""
    with Station(gc_threshold=1, environment={"PYTHONMALLOC": "debug"}) as house:
        numbers = [caller.dial(house.uri("talk")) for _ in range(4)]
        for number in numbers:
            caller.event("Answered", call=number)
        with Peer(house.udp, timeout_s=20) as peer:
            short_calls(peer, 10)
        for number in numbers:
            caller.ask("send_keys", call=number, args=["1"])
        for _ in numbers:
            house.event("Digit", key="1")
        for number in numbers:
            caller.ask("hang_up", call=number)
        assert house.is_empty(10)
