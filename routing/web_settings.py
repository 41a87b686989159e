"""[web] of the settings: where the desk role listens, and which sites may embed its chat."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from voice.errors import ConfigError


@dataclass(frozen=True, slots=True)
class WebSettings:
    """[web]. origins: of the sites that embed the chat ("https://shop.example"). phone: the number that a chat names, "" for none.

    proxies: networks of the reverse proxies whose X-Forwarded-For and -Proto count. sockets: open chats at most, in all.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    origins: tuple[str, ...] = ()
    phone: str = ""
    proxies: tuple[str, ...] = ()
    sockets_per_address: int = 20
    sockets: int = 4000
    demo: bool = True

    def __post_init__(self) -> None:
        for network in self.proxies:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise ConfigError(f"proxies: {error}", "Write 192.0.2.0/24, 192.0.2.7 or 2001:db8::/32.") from None
        for origin in self.origins:
            scheme, _, rest = origin.partition("://")
            if scheme not in ("http", "https") or not rest or "/" in rest:
                raise ConfigError(f"{origin!r} is no origin of a site", "Write https://shop.example, without a path.")
        if not 0 <= self.port < 65_536 or self.sockets_per_address < 1 or self.sockets < 1:
            raise ConfigError("a port is 0 to 65535, and a chat needs one socket at least")
