"""Who may open a chat: sites by Origin, addresses by count."""

from __future__ import annotations

import pytest

from ivr.channels.chat.limits import NEW_MOST, Addresses, allowed

SITES = ("https://shop.example", "https://*.parcels.example", "http://localhost:3000")


@pytest.mark.parametrize(
    ("origin", "fits"),
    [
        ("http://127.0.0.1:8080", True),  # the house's own page
        ("https://shop.example", True),
        ("HTTPS://SHOP.example", True),
        ("http://localhost:3000", True),
        ("https://en.parcels.example", True),
        ("https://a.b.parcels.example", True),
        ("https://parcels.example", False),
        ("https://evilparcels.example", False),
        ("http://shop.example", False),
        ("https://shop.example:8443", False),
        ("https://shop.example.evil", False),
        ("https://evil/?https://shop.example", False),
        ("https://shop.example@evil", False),
        ("http://127.0.0.1:9090", False),
        ("null", False),
        ("", False),
        ("file://", False),
        ("https://[::1", False),
        ("https://shop.example:99999", False),
        ("javascript:alert(1)", False),
    ],
)
def test_only_known_sites_open_a_chat(origin: str, fits: bool) -> None:
    assert allowed(origin, "127.0.0.1:8080", SITES) is fits


def test_open_sockets_are_counted_by_address_and_in_all() -> None:
    addresses = Addresses(2, 4, lambda: 0)
    assert [addresses.enter("192.0.2.1") for _ in range(3)] == [True, True, False]
    addresses.leave("192.0.2.1")
    assert addresses.enter("192.0.2.1")
    assert addresses.enter("192.0.2.2")
    assert addresses.enter("192.0.2.3")
    assert not addresses.enter("192.0.2.4")


@pytest.mark.parametrize("address", ["2001:db8:1:2::9", "2001:db8:1:2:aaaa:bbbb:cccc:dddd", "2001:0db8:0001:0002::"])
def test_an_ipv6_customer_is_his_network(address: str) -> None:
    addresses = Addresses(1, 10, lambda: 0)
    assert addresses.enter("2001:db8:1:2::1")
    assert not addresses.enter(address)
    assert addresses.enter("2001:db8:1:3::1")


def test_new_chats_from_one_address_are_slowed_down() -> None:
    now = [0]
    addresses = Addresses(100, 100, lambda: now[0])
    assert [addresses.begins("192.0.2.1") for _ in range(NEW_MOST + 2)].count(True) == NEW_MOST
    assert addresses.begins("192.0.2.2")
    now[0] += 10_000_000_000
    assert [addresses.begins("192.0.2.1") for _ in range(3)] == [True, True, False]
