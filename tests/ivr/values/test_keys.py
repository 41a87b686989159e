"""Keyed values: digits, dates as DDMM, times as HHMM, amounts with * for the point."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.values import ANY, Finding, Limits, Reason, SlotKind, Verdict, understand_keys

TODAY = date(2026, 4, 30)


def keyed(kind: SlotKind, keys: str, limits: Limits = ANY) -> Finding:
    return understand_keys(kind, keys, today=TODAY, now=time(10), limits=limits)


@pytest.mark.parametrize(
    ("kind", "keys", "limits", "value"),
    [
        (SlotKind.DIGITS, "0471#", ANY, "0471"),
        (SlotKind.DIGITS, "4111111111111111", Limits(check="luhn"), "4111111111111111"),
        (SlotKind.NUMBER, "12", ANY, 12),
        (SlotKind.NUMBER, "12*5#", Limits(whole=False), 12.5),
        (SlotKind.MONEY, "1250*50#", Limits(currency="RUB"), {"amount": "1250.50", "currency": "RUB"}),
        (SlotKind.DATE, "0305", ANY, "2026-05-03"),
        (SlotKind.DATE, "0503", Limits(month_first=True), "2026-05-03"),
        (SlotKind.DATE, "030526", ANY, "2026-05-03"),
        (SlotKind.DATE, "19021985", Limits(past=True, future=False), "1985-02-19"),
        (SlotKind.DATE, "190285", Limits(past=True, future=False), "1985-02-19"),
        (SlotKind.DATE, "2904", ANY, "2027-04-29"),
        (SlotKind.TIME, "1530", ANY, "15:30"),
        (SlotKind.TIME, "930", ANY, "09:30"),
        (SlotKind.YES_NO, "1", ANY, True),
        (SlotKind.YES_NO, "2", ANY, False),
        (SlotKind.PHONE, "89161234567", Limits(region="RU"), "+79161234567"),
        (SlotKind.PHONE, "**442079460958", Limits(region="RU"), "+442079460958"),
        (SlotKind.PHONE, "00442079460958", Limits(region="DE"), "+442079460958"),
    ],
)
def test_keys_give_the_value(kind: SlotKind, keys: str, limits: Limits, value: object) -> None:
    finding = keyed(kind, keys, limits)
    assert (finding.verdict, finding.value, finding.score) == (Verdict.MATCH, value, 1.0)


@pytest.mark.parametrize(
    ("kind", "keys", "limits", "reason"),
    [
        (SlotKind.DIGITS, "", ANY, Reason.NOTHING),
        (SlotKind.DIGITS, "#", ANY, Reason.NOTHING),
        (SlotKind.DIGITS, "47*1", ANY, Reason.NO_VALUE),
        (SlotKind.DIGITS, "47#", Limits(length_min=4), Reason.TOO_SHORT),
        (SlotKind.DIGITS, "47111", Limits(length_max=4), Reason.TOO_LONG),
        (SlotKind.DIGITS, "4111111111111112", Limits(check="luhn"), Reason.CHECK_DIGIT),
        (SlotKind.NUMBER, "1*2*3", ANY, Reason.NO_VALUE),
        (SlotKind.NUMBER, "12*5", ANY, Reason.NOT_WHOLE),
        (SlotKind.NUMBER, "12", Limits(maximum=Decimal(10)), Reason.TOO_LARGE),
        (SlotKind.MONEY, "1*001", Limits(currency="EUR"), Reason.NOT_WHOLE),
        (SlotKind.DATE, "3106", ANY, Reason.NO_SUCH_DAY),
        (SlotKind.DATE, "305#", ANY, Reason.TOO_SHORT),
        (SlotKind.DATE, "03052025", ANY, Reason.PAST),
        (SlotKind.TIME, "2530", ANY, Reason.NO_SUCH_TIME),
        (SlotKind.TIME, "15#", ANY, Reason.TOO_SHORT),
        (SlotKind.YES_NO, "3", ANY, Reason.NO_VALUE),
        (SlotKind.PHONE, "123#", Limits(region="RU"), Reason.TOO_SHORT),
        (SlotKind.NAME, "4711", ANY, Reason.NOT_BY_KEYS),
    ],
)
def test_keys_that_are_no_value_say_why(kind: SlotKind, keys: str, limits: Limits, reason: Reason) -> None:
    finding = keyed(kind, keys, limits)
    assert (finding.verdict, finding.value, finding.reason) == (Verdict.NO_MATCH, None, reason)


@pytest.mark.parametrize(("kind", "keys"), [(SlotKind.DIGITS, "47"), (SlotKind.DATE, "305"), (SlotKind.TIME, "15")])
def test_keys_that_may_go_on_are_waited_for(kind: SlotKind, keys: str) -> None:
    assert keyed(kind, keys, Limits(length_min=4)).verdict is Verdict.INCOMPLETE


@settings(max_examples=150, deadline=None, derandomize=True)
@given(kind=st.sampled_from(list(SlotKind)), keys=st.text("0123456789*#ABCD", max_size=20))
def test_any_keys_give_a_finding(kind: SlotKind, keys: str) -> None:
    finding = keyed(kind, keys, Limits(region="RU", currency="EUR"))
    assert finding.reason or finding.verdict is Verdict.MATCH
