"""[routing] of the settings: what is read, and what is said of mistakes."""

from __future__ import annotations

import tomllib

import pytest

from routing.floor.records import Medium, Request
from routing.floor.settings import Recording, Ring
from routing.settings import Settings, parse
from voice.errors import ConfigError

WHOLE = """
[routing]
zone = "Europe/Moscow"
hours = ["mon-fri 09:00-18:00"]
wrap_s = 20
transfer_to = ["sip:*@pbx.example", "tel:+7495*"]
recording = "consent"

[[routing.skill]]
name = "delivery"
labels = { en = "Delivery", ru = "Доставка" }
level = 2
service_level_s = 15
codes.solved = { en = "Solved", ru = "Решено" }
wrap_s = 5
[[routing.skill.ring]]
after_s = 30
level = 1
[[routing.skill.ring]]
after_s = 60
skill = "general"

[[routing.skill]]
name = "general"
hours = ["daily 00:00-24:00"]
"""


def read(text: str) -> Settings:
    return parse(tomllib.loads(text), "hotline.toml")


def test_all_of_it_is_read() -> None:
    routing = read(WHOLE).routing
    delivery = routing.skill("delivery")
    assert delivery.rings == (Ring(30.0, 1), Ring(60.0, 1, "general"))
    assert (delivery.label("ru"), delivery.label("de")) == ("Доставка", "Delivery")
    assert (routing.wrap_of("delivery"), routing.wrap_of("general"), routing.recording) == (5.0, 20.0, Recording.CONSENT)
    assert routing.hours_of("general").week == ("daily 00:00-24:00",)
    assert routing.hours_of("delivery").zone == "Europe/Moscow"


def test_a_skill_that_nobody_set_is_one_without_terms() -> None:
    routing = read(WHOLE).routing
    assert (routing.skill("new").rings, routing.skill("").name) == ((), "any")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[routing.skill]]\nname = "Delivery!"', "no name of a skill"),
        ('[[routing.skill]]\nname = "a"\n[[routing.skill]]\nname = "a"', "two skills a"),
        ('[[routing.skill]]\nname = "a"\n[[routing.skill.ring]]\nafter_s = 5\nskill = "b"', "no such skill"),
        ('[[routing.skill]]\nname = "a"\n[[routing.skill.ring]]\nafter_s = 5\nlevel = 4', "level 1 to 3"),
        ('[[routing.skill]]\nname = "a"\n[[routing.skill.ring]]\nafter = 5', "did you mean 'after_s'"),
        ('[[routing.skill]]\nname = "a"\nhours = ["always"]', "no days"),
        ('[[routing.skill]]\nname = "a"\nlabels = { en = 3 }', "labels are texts"),
        ('[[routing.skill]]\nname = "a"\ncodes = { solved = "Solved" }', "no wrap-up code"),
        ('[routing]\nzone = "Moscow"', "no time zone"),
        ('[routing]\ntransfer_to = ["sip:*@*"]', "no rule of a transfer"),
        ("[routing]\nring_s = 0", "1 or more"),
        ("[routing]\nwrap_s = -1", "0 or more"),
        ('[routing]\nlast_resort = "cry"', "message, callback, hang_up"),
        ("[routing]\nskill = 3", r"write \[\[routing.skill\]\]"),
    ],
)
def test_mistakes_are_named(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        read(text)


@pytest.mark.parametrize(
    ("uri", "allowed"),
    [
        ("sip:200@pbx.example", True),
        ("SIP:200@PBX.example", True),
        ("sip:200@pbx.example.evil.example", False),
        ("sip:x@evil.example@pbx.example", False),
        ("sip:200@evil.example", False),
        ("tel:+74951234567", True),
        ("tel:+78121234567", False),
        ("", False),
    ],
)
def test_a_transfer_goes_where_a_rule_allows(uri: str, allowed: bool) -> None:
    assert read(WHOLE).routing.may_transfer(uri) is allowed


def test_priority_and_vip_count_as_time() -> None:
    routing = read("[routing]\npriority_s = 10\nvip_s = 60").routing
    assert routing.boost_ms(Request("r", Medium.CALL, priority=3, vip=True)) == 90_000
    assert routing.boost_ms(Request("r", Medium.CALL, priority=99)) == 90_000
