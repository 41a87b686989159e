"""Where webhooks may go: every spelling of a private address is known (C9)."""

from __future__ import annotations

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from ivr.channels.addresses import Forbidden, Judging, allowed, networks
from voice.errors import ConfigError

PRIVATE = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2002:a9fe:a9fe::1",
    "2001:0:53aa:64c:0:0:80ff:fffe", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "", "1.2.3.4.5",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address(address: str) -> None:
    assert not allowed(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_public_address(address: str) -> None:
    assert allowed(address)


def test_what_the_settings_allow() -> None:
    own = networks(["10.1.0.0/16", "::1/128"])
    assert allowed("10.1.2.3", own)
    assert allowed("::ffff:10.1.2.3", own)
    assert allowed("::1", own)
    assert not allowed("10.2.0.1", own)
    with pytest.raises(ConfigError, match="no network"):
        networks(["10.1.0.1/16"])


class Dns(AbstractResolver):
    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        return [{"hostname": host, "host": one, "port": port, "family": family, "proto": 0, "flags": 0} for one in self.addresses]

    async def close(self) -> None:
        return None


async def test_one_private_address_among_public_ones_is_enough() -> None:
    assert [one["host"] for one in await Judging(Dns("8.8.8.8", "1.1.1.1")).resolve("x", 443)] == ["8.8.8.8", "1.1.1.1"]
    with pytest.raises(Forbidden):
        await Judging(Dns("8.8.8.8", "127.0.0.1")).resolve("x", 443)
