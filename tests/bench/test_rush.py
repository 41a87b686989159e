"""A call of the rush: answered, heard, ended; refused, unheard, forgotten. The house is a socket that says what it is told to."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from bench.rush import ANSWER_S, LINGER_S, SOUND_S, Attempt
from bench.sip import Dialog, Phone

SECOND = 1_000_000_000


@pytest.fixture
def house() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        made.settimeout(2)
        yield made


@pytest.fixture
def phone(house: socket.socket) -> Iterator[Phone]:
    with Phone(house.getsockname()) as made:
        yield made


@pytest.fixture
def attempt() -> Iterator[Attempt]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as place:
        yield Attempt(Dialog("1@here", 4000, "tag", invite_ns=SECOND), place)


def test_a_call_that_is_heard_lingers_and_hangs_up(house: socket.socket, phone: Phone, attempt: Attempt) -> None:
    dialog = attempt.dialog
    dialog.answered_ns, dialog.ack_ns, dialog.status = SECOND + 3_000_000, SECOND + 4_000_000, 200
    attempt.first_ns = SECOND + 15_000_000
    assert (attempt.invite_to_200_ms, attempt.ack_to_first_ms) == (3.0, 11.0)
    attempt.step(phone, attempt.first_ns + int(LINGER_S * SECOND) - 1)
    assert not attempt.bye_ns
    attempt.step(phone, attempt.first_ns + int(LINGER_S * SECOND) + 1)
    assert house.recv(4096).startswith(b"BYE ")
    dialog.pending.clear()
    attempt.step(phone, attempt.bye_ns + 1)
    assert attempt.over
    assert not attempt.failed


def test_sound_that_came_before_the_ack_was_not_waited_for(attempt: Attempt) -> None:
    attempt.dialog.ack_ns, attempt.first_ns = 2 * SECOND, SECOND
    assert attempt.ack_to_first_ms == 0.0


def test_a_refused_call_has_failed(phone: Phone, attempt: Attempt) -> None:
    attempt.dialog.status = 503
    attempt.step(phone, 2 * SECOND)
    assert (attempt.over, attempt.failed) == (True, "refused with 503")


def test_an_invite_is_sent_again_and_then_given_up(house: socket.socket, phone: Phone, attempt: Attempt) -> None:
    attempt.dialog.pending["INVITE"] = "INVITE again"
    attempt.step(phone, SECOND + SECOND // 4)
    attempt.step(phone, SECOND + SECOND * 6 // 10)
    assert house.recv(4096) == b"INVITE again"
    attempt.step(phone, SECOND + int(ANSWER_S * SECOND) + 1)
    assert attempt.failed.startswith("no answer to the INVITE")


def test_an_answered_call_without_a_packet_has_failed(phone: Phone, attempt: Attempt) -> None:
    attempt.dialog.answered_ns = SECOND
    attempt.step(phone, SECOND + int(SOUND_S * SECOND) + 1)
    assert attempt.failed == "no packet"


def test_whom_the_house_leaves_at_once_has_failed(phone: Phone, attempt: Attempt) -> None:
    attempt.dialog.answered_ns, attempt.dialog.gone = SECOND, True
    attempt.step(phone, SECOND + 1)
    assert attempt.failed == "the house hung up"
