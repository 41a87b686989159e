"""What is wrong with a trunk or the SIP settings is said before the start, with what to do about it; and who may do what."""

from __future__ import annotations

from typing import Any

import pytest

from native.guard import Permission
from voice.errors import ConfigError
from voice.sip.door import permissions
from voice.trunk import PERMISSIONS, SipSettings, Transport, Trunk


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"networks": ("10.0.0.1/8",)}, "no network"),
        ({"networks": ("somewhere",)}, "no network"),
        ({"realm": "*", "password": "x"}, "to anyone who asks"),
        ({"realm": "*.example", "password": "x"}, "to anyone who asks"),
        ({"password": "x"}, "no realm"),
        ({"allow": frozenset({"refer", "register"})}, "register"),
    ],
)
def test_a_trunk_that_cannot_be_is_refused_with_a_remedy(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        Trunk("carrier", **settings)
    assert "carrier" in error.value.what
    assert error.value.remedy


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rate_hz": 44100}, "44100"),
        ({"codecs": ("pcma", "gsm")}, "gsm"),
        ({"max_calls": 0}, "max_calls is 0"),
        ({"max_calls": 2000}, "max_calls is 2000"),
        ({"rtp_ports": (5000, 4000)}, "rtp_ports"),
        ({"rtp_ports": (80, 90)}, "rtp_ports"),
        ({"transports": (Transport.TLS,)}, "certificate"),
        ({"trunks": ()}, "no trunk"),
        ({"stranger": "welcome"}, "welcome"),
        ({"t1_ms": 0}, "t1_ms"),
        ({"lost_s": 0.5}, "lost_s"),
        ({"lost_s": -1.0}, "lost_s"),
    ],
)
def test_settings_that_cannot_be_are_refused_with_a_remedy(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        SipSettings(**settings)
    assert error.value.remedy


def test_the_password_stays_out_of_what_is_printed() -> None:
    assert "hush-hush" not in repr(SipSettings(trunks=(Trunk("carrier", password="hush-hush", realm="carrier.example"),)))


@pytest.mark.parametrize("name", sorted(PERMISSIONS))
def test_every_permission_has_a_bit_of_its_own(name: str) -> None:
    assert permissions(frozenset({name})) == Permission[name.upper()]


def test_permissions_add_up() -> None:
    assert permissions(frozenset()) == Permission.NONE
    assert permissions(frozenset({"refer", "message"})) == Permission.REFER | Permission.MESSAGE
