"""Where a Redis is, as HOTLINE_REDIS says it.

redis://[user:password@]host[:port][/db]     rediss:// the same with TLS     unix:///path[?db=n]
redis+sentinel://[user:password@]host:port,host:port/name[/db]               rediss+sentinel:// the same, all of them with TLS
Behind rediss: ?ssl_ca_certs=/path/ca.pem names the authority whom we believe, where it is none that this machine knows.
"""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

from voice.errors import ConfigError

_SENTINEL = re.compile(
    r"(rediss?)\+sentinel://(?:([^:@/]*)(?::([^@/]*))?@)?([^/@]+)/([^/?]+)(?:/(\d+))?(?:\?(ssl_ca_certs=[^&]+))?"
)


@dataclass(frozen=True, slots=True)
class Watched:
    """A Redis behind Sentinels (https://redis.io sentinel clients): who knows the primary, and under which name."""

    sentinels: tuple[tuple[str, int], ...]
    name: str
    db: int
    user: str
    password: str
    tls: bool
    authority: str = ""  # the file of a certificate

    @classmethod
    def read(cls, url: str) -> Watched | None:
        """What a sentinel URL says; None for another URL. Raises ConfigError for one that cannot be read."""
        if "+sentinel" not in url.partition("://")[0]:
            return None
        found = _SENTINEL.fullmatch(url)
        hosts = [host.rpartition(":") for host in found[4].split(",")] if found else []
        if not found or not all(host and port.isdigit() for host, _, port in hosts):
            raise ConfigError("HOTLINE_REDIS is no Sentinel URL", "Write redis+sentinel://host:26379,host:26379/name")
        pairs = tuple((host.strip("[]"), int(port)) for host, _, port in hosts)
        authority = dict(parse_qsl(found[7] or "")).get("ssl_ca_certs", "")
        who = unquote(found[2] or ""), unquote(found[3] or "")
        return cls(pairs, found[5], int(found[6] or 0), *who, found[1] == "rediss", authority)


def readable(authority: str) -> str:
    """The file of a certificate, when it can be used. Raises ConfigError."""
    try:
        ssl.create_default_context(cafile=authority)
    except OSError as error:  # ssl.SSLError is one
        raise ConfigError(f"HOTLINE_REDIS: {authority} is no certificate that can be read", str(error.strerror or "")) from None
    return authority
