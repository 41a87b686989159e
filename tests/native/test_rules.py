"""Whose network an address belongs to, against the standard library's `ipaddress`; and rules that make no sense."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from native.guard import Guard
from native.rules import Rule


def test_the_narrowest_network_wins_whatever_the_order():
    guard = Guard()
    guard.rules(
        [Rule(("10.0.0.0/8", "2001:db8::/32")), Rule(("10.1.2.3", "2001:db8:0:1::/64")), Rule(("10.1.0.0/16", "0.0.0.0/0"))],
        max_calls=1,
    )
    assert [guard.trunk_of(a) for a in ("10.9.9.9", "10.1.2.3", "10.1.2.4", "192.0.2.1")] == [0, 1, 2, 2]
    assert [guard.trunk_of(a) for a in ("2001:db8::1", "2001:db8:0:1::1", "2001:db9::1", "::")] == [0, 1, None, None]
    assert guard.trunk_of("::ffff:10.1.2.3") == 1, "an IPv4 address in IPv6 clothes"


@settings(max_examples=60, deadline=None)
@given(
    nets=st.lists(
        st.one_of(
            st.tuples(st.ip_addresses(v=4), st.integers(0, 32)),
            st.tuples(st.ip_addresses(v=6), st.integers(0, 128)),
        ),
        max_size=12,
    ),
    probes=st.lists(st.ip_addresses(), min_size=1, max_size=6),
)
def test_the_table_agrees_with_the_standard_library(nets, probes):
    networks = [ipaddress.ip_network((address, prefix), strict=False) for address, prefix in nets]
    networks = list(dict.fromkeys(networks))
    guard = Guard()
    guard.rules([Rule((str(network),)) for network in networks], max_calls=1)
    for probe in [*probes, *(network[-1] for network in networks)]:
        probe = getattr(probe, "ipv4_mapped", None) or probe
        fitting = [n for n, network in enumerate(networks) if probe in network]
        wanted = max(fitting, key=lambda n: networks[n].prefixlen, default=None)
        assert guard.trunk_of(str(probe)) == wanted


@pytest.mark.parametrize(
    ("rules", "more", "what"),
    [
        ([Rule(("10.0.0.1/8",))], {}, "trunk 0"),
        ([Rule(()), Rule(("nonsense",))], {}, "trunk 1"),
        ([Rule(("10.0.0.0/8",)), Rule(("10.0.0.0/8",))], {}, "to trunk 0 and to trunk 1"),
        ([Rule(("10.0.0.0/8",), max_calls=-1)], {}, "max_calls"),
        ([], {"stranger": "greet"}, "drop or refuse"),
        ([], {"max_message_bytes": 1 << 20}, "max_message_bytes"),
        ([Rule(())] * 257, {}, "256 trunks"),
    ],
)
def test_bad_rules_are_named_and_the_old_ones_stay(rules, more, what):
    guard = Guard()
    guard.rules([Rule(("192.0.2.0/24",))], max_calls=1)
    with pytest.raises(ValueError, match=what):
        guard.rules(rules, **{"max_calls": 1, **more})
    assert guard.trunk_of("192.0.2.9") == 0


def test_without_rules_everybody_is_a_stranger():
    guard = Guard()
    guard.rules([], max_calls=1)
    assert guard.trunk_of("127.0.0.1") is None
