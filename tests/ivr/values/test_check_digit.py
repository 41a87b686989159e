"""Check digits: known numbers pass, and one wrong digit never does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.values.check_digit import DIGITS, RULES, passes

KNOWN = [
    ("luhn", "4111111111111111"), ("luhn", "79927398713"), ("luhn", "490154203237518"), ("mod11", "0306406152"), ("mod11", "080442957X"),
    ("mod11_10", "07945"), ("mod97", "79444"), ("mod97", "3214282912345698765432161182"), ("inn", "7707083893"), ("inn", "500100732259"),
    ("snils", "11223344595"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "code"), KNOWN)
def test_known_numbers_pass_and_a_slip_does_not(rule: str, code: str) -> None:
    assert passes(code, rule)
    for at, digit in enumerate(code):
        if digit.isdigit():
            slipped = code[:at] + str((int(digit) + 1) % 10) + code[at + 1 :]
            assert not passes(slipped, rule), slipped


@given(rule=st.sampled_from([*RULES, ""]), code=st.text(max_size=20))
def test_any_text_passes_or_does_not(rule: str, code: str) -> None:
    assert passes(code, rule) in (True, False)


@given(code=st.text("0123456789ABCDEF", min_size=1, max_size=12))
def test_exactly_one_sign_of_the_alphabet_completes_a_code_by_luhn(code: str) -> None:
    alphabet = "0123456789ABCDEF"
    assert sum(passes(code + sign, "luhn", alphabet) for sign in alphabet) == 1


def test_no_rule_lets_everything_pass() -> None:
    assert passes("4711", "")
    assert not passes("", "luhn")
    assert not passes("47A1", "luhn", DIGITS)
