"""What leaves the SIP thread, and when a leg may be let go: without the library."""

from __future__ import annotations

import gc
import weakref
from dataclasses import dataclass
from typing import Any

import pytest

from native.bell import Bell
from voice.errors import CallGone, ConfigError, HotlineError, SipError
from voice.sip.endpoint import Endpoint
from voice.sip.leg import attempt
from voice.trunk import SipSettings


@dataclass(eq=False)
class Seated:
    """A leg's number and its seat in the library."""

    number: int
    seat: int

    def getId(self) -> int:
        return self.seat


@pytest.fixture
def endpoint() -> Endpoint:
    return Endpoint(SipSettings(), Bell(), lambda info, port: None, lambda number, fact: None)


def test_an_error_leaves_without_the_frames_that_hold_the_leg() -> None:
    kept: list[weakref.ref[Any]] = []

    def work() -> None:
        leg = Seated(1, 1)
        kept.append(weakref.ref(leg))
        try:
            raise ValueError(leg)
        except ValueError:
            raise ConfigError("no") from None

    result, error = attempt(work)
    assert result is None
    assert isinstance(error, ConfigError)
    assert (error.__traceback__, error.__context__, error.__cause__) == (None, None, None)
    gc.collect()
    assert kept[0]() is None


def test_a_mistake_of_ours_becomes_an_error_fit_for_a_person(caplog: pytest.LogCaptureFixture) -> None:
    _, error = attempt(lambda: 1 / 0)
    assert isinstance(error, SipError)
    assert "division" in str(error)
    assert "ZeroDivisionError" in caplog.text
    assert attempt(lambda: 7) == (7, None)


def test_a_dead_leg_is_kept_while_another_sits_in_its_seat(endpoint: Endpoint) -> None:
    """The library's object hangs up whatever call has its id when it is destroyed."""
    first, second, third = Seated(1, 5), Seated(2, 5), Seated(3, 5)
    endpoint.seat(first)  # type: ignore[arg-type]
    watched = [weakref.ref(first), weakref.ref(second)]
    endpoint.seat(second)  # type: ignore[arg-type]  # the library has given the seat away already
    endpoint.bury(first)  # type: ignore[arg-type]
    endpoint.seat(third)  # type: ignore[arg-type]
    endpoint.bury(second)  # type: ignore[arg-type]
    del first, second
    gc.collect()
    assert all(watch() is not None for watch in watched)
    assert list(endpoint.legs) == [3]
    endpoint.bury(third)  # type: ignore[arg-type]
    gc.collect()
    assert [watch() for watch in watched] == [None, None]
    assert endpoint.legs == {}


def test_a_leg_alone_in_its_seat_goes_at_once(endpoint: Endpoint) -> None:
    leg = Seated(1, 5)
    watch = weakref.ref(leg)
    endpoint.seat(leg)  # type: ignore[arg-type]
    endpoint.bury(leg)  # type: ignore[arg-type]
    del leg
    gc.collect()
    assert watch() is None


def test_orders_to_a_thread_that_has_ended_are_answered(endpoint: Endpoint) -> None:
    endpoint._stop = endpoint._ended = True
    told: list[Any] = []
    endpoint.call(1, lambda leg: leg.hold(), lambda result, error: told.append(error))
    endpoint.dial("sip:x@y", "local", (), lambda result, error: told.append(error))
    assert [type(error) for error in told] == [CallGone, told[1].__class__]
    assert isinstance(told[1], HotlineError)
    assert "closing" in str(told[1])
