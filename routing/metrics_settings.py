"""[metrics] of the settings: where Prometheus may ask."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from voice.errors import ConfigError


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """[metrics]. port: of `GET /metrics` over HTTP, 0 for none (the default); host: on loopback unless it is said otherwise.

    A port of its own and not a path of the web's: there a reverse proxy makes everybody look as if he came from this machine. One
    port for the whole house, in the desk's process: what phone nodes count comes together in Redis, whichever machine they are on.
    """

    port: int = 0
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        if not 0 <= self.port < 65_536:
            raise ConfigError("a port is 1 to 65535, or 0 for none", "Prometheus programs like 9464.")
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            raise ConfigError(
                f"{self.host!r} is no address to listen on", "Write 127.0.0.1, or an address of this machine."
            ) from None
