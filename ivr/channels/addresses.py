"""Where the house may connect to when somebody else names the place: no private network by a trick of names (OWASP ASVS 5.0, 1.3.6).

Names are resolved once, every address found is judged, and the connection goes to just these addresses: a name that answers
differently the second time (DNS rebinding) is not asked a second time.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence

from aiohttp.abc import AbstractResolver, ResolveResult

from voice.errors import ConfigError, HotlineError

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int, socket.AddressFamily], Awaitable[Sequence[ResolveResult]]]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
_COMPATIBLE = ipaddress.IPv6Network("::/96")  # RFC 4291 section 2.5.5.1, deprecated


class Forbidden(HotlineError):
    """This address is not one that the house connects to at somebody else's word."""


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks as the settings name them ("10.1.0.0/16"). Raises ConfigError."""
    try:
        return tuple(ipaddress.ip_network(text) for text in texts)
    except ValueError as error:
        raise ConfigError(f"no network: {error}", "Write 192.0.2.0/24, 192.0.2.7 or 2001:db8::/32.") from None


def inner(address: IP) -> IP:
    """The IPv4 address that an IPv6 one stands for, where it does (RFC 4291, RFC 6052, RFC 3056, RFC 4380)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if address.sixtofour:
        return address.sixtofour
    return address.teredo[1] if address.teredo else address


def allowed(text: str, allow: Sequence[Network] = ()) -> bool:
    """Whether this address (no name) may be connected to: a public one, or one in `allow`."""
    try:
        address = inner(ipaddress.ip_address(text.partition("%")[0]))
    except ValueError:
        return False
    if any(address in network for network in allow if network.version == address.version):
        return True
    return address.is_global and not address.is_multicast and not address.is_reserved


class Judging(AbstractResolver):
    """A resolver that gives only addresses that may be connected to. One forbidden address makes the whole name forbidden."""

    def __init__(self, inside: AbstractResolver, allow: Sequence[Network] = ()) -> None:
        self.inside, self.allow = inside, allow

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC) -> list[ResolveResult]:
        """Raises Forbidden, and OSError where the name is not known."""
        found = await self.inside.resolve(host, port, family)
        if any(not allowed(one["host"], self.allow) for one in found):
            raise Forbidden("a name that leads into a private network", "Name the network in `allow` if it is meant.")
        return found

    async def close(self) -> None:
        """Let go of the resolver inside."""
        await self.inside.close()
