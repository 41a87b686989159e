"""[switchboard]: which numbers may be called, and what is wrong with the rest."""

from __future__ import annotations

import pytest

from routing.settings import parse
from routing.switchboard.settings import CallbackSettings, SwitchboardSettings
from voice.errors import ConfigError

BACK = CallbackSettings("pbx", "sip:{number}@pbx.example", ("+7*", "+4420*", "1??"[:1] + "0*"))


@pytest.mark.parametrize("number", ["+79990001122", "+442071234567", "100"])
def test_numbers_that_a_rule_allows(number: str) -> None:
    assert BACK.allows(number)


@pytest.mark.parametrize("number", ["", "+1900555", "+7", "+7999;sip:x@y", "+7999 000", "sip:+7999@evil", "+4477"])
def test_numbers_that_no_rule_allows(number: str) -> None:
    assert not BACK.allows(number)


def test_without_a_trunk_nobody_is_called_back() -> None:
    assert not CallbackSettings(numbers=("+7*",)).allows("+79990001122")


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ({"trunk": "pbx", "numbers": ("+7*",)}, "number"),
        ({"trunk": "pbx", "uri": "sip:{number}@x"}, "no number may be called"),
        ({"numbers": ("*",)}, "rule"),
        ({"tries": 0}, "tries"),
    ],
)
def test_mistakes_of_call_backs_are_named(values: dict[str, object], what: str) -> None:
    with pytest.raises(ConfigError, match=what):
        CallbackSettings(**values)  # type: ignore[arg-type]


def test_the_section_is_read_with_its_part() -> None:
    section = {"announce_s": 30, "refer": ["pbx"], "callback": {"trunk": "pbx", "uri": "sip:{number}@pbx", "numbers": ["+7*"]}}
    trunks = {"trunk": [{"name": "pbx"}]}
    found = parse({"sip": trunks, "switchboard": section}, "hotline.toml").switchboard
    assert found == SwitchboardSettings(
        announce_s=30.0, refer=("pbx",), callback=CallbackSettings("pbx", "sip:{number}@pbx", ("+7*",))
    )
    with pytest.raises(ConfigError, match=r"\[switchboard.callback\].*tries"):
        parse({"switchboard": {"callback": {"tries": 99}}}, "hotline.toml")


def test_a_trunk_that_is_not_there_is_named() -> None:
    section = {"refer": ["carier"], "callback": {"trunk": "pbx", "uri": "sip:{number}@pbx", "numbers": ["+7*"]}}
    with pytest.raises(ConfigError) as caught:
        parse({"sip": {"trunk": [{"name": "carrier"}]}, "switchboard": section}, "hotline.toml")
    assert "'carier'" in str(caught.value)
    assert "'pbx'; known: carrier" in str(caught.value)
