"""Where calls come from and go to: the SIP side's settings as plain values. Checked when built; see routing/settings for the file."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum

from voice.errors import ConfigError


class Srtp(StrEnum):
    """Encrypted sound (RFC 3711, keys by RFC 4568): never, where the other side can, or not without."""

    OFF = "off"
    OPTIONAL = "optional"
    REQUIRED = "required"


class Transport(StrEnum):
    """What carries SIP (RFC 3261 section 18)."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"


PERMISSIONS = frozenset({"refer", "replaces", "message", "subscribe", "publish", "notify"})
CODECS = {"pcma": "PCMA/8000/1", "pcmu": "PCMU/8000/1", "g722": "G722/16000/1", "opus": "opus/48000/2"}


@dataclass(frozen=True, slots=True)
class Trunk:
    """One peer that may call us, or that we call through.

    networks: CIDRs its requests come from. registrar: SIP URI to register with, or empty. realm: exactly what the peer's
    challenges say; "*" would give our digest to anyone who asks and is refused. allow: SIP methods beyond calls, a subset
    of PERMISSIONS. max_calls: 0 is no limit of its own. srtp_without_tls: accept SRTP keys over unencrypted SIP.
    """

    name: str
    networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    user: str = ""
    password: str = field(default="", repr=False)
    realm: str = ""
    domain: str = ""
    registrar: str = ""
    proxy: str = ""
    srtp: Srtp = Srtp.OFF
    srtp_without_tls: bool = False
    allow: frozenset[str] = frozenset()
    max_calls: int = 0

    def __post_init__(self) -> None:
        for network in self.networks:
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise ConfigError(
                    f"trunk {self.name!r}: {network!r} is no network ({error})", "Write it as 192.0.2.0/24."
                ) from None
        if "*" in self.realm:
            raise ConfigError(
                f"trunk {self.name!r}: the realm {self.realm!r} would give our digest to anyone who asks for it",
                "Write the realm exactly as the provider's challenge names it.",
            )
        if self.password and not self.realm:
            raise ConfigError(
                f"trunk {self.name!r} has a password but no realm", "Write the realm that the provider's challenge names."
            )
        if unknown := self.allow - PERMISSIONS:
            raise ConfigError(
                f"trunk {self.name!r} allows {sorted(unknown)}", f"What can be allowed: {', '.join(sorted(PERMISSIONS))}."
            )


@dataclass(frozen=True, slots=True)
class SipSettings:
    """How this process speaks SIP and RTP.

    port 0 takes a free one. rtp_ports: first and last UDP port for sound. rate_hz: of the bridge, 8000 or 16000.
    public_address: what others must send to, where that is not `host` (NAT). log_file: the SIP library's own warnings.
    t1_ms: the round trip that retransmissions begin with (RFC 3261 section 17.1.1.1); an answer is waited for 64 times as long.
    lost_s: so long without RTP, RTCP and SIP, and a call has dropped; from half of it on the other side is asked (OPTIONS); 0: never.
    """

    host: str = "127.0.0.1"
    port: int = 5060
    transports: tuple[Transport, ...] = (Transport.UDP, Transport.TCP)
    tls_port: int = 5061
    tls_certificate: str = ""
    tls_key: str = ""
    tls_ca: str = ""
    tls_verify: bool = True
    public_address: str = ""
    rtp_ports: tuple[int, int] = (10000, 14999)
    rate_hz: int = 8000
    codecs: tuple[str, ...] = ("pcma", "pcmu", "g722", "opus")
    max_calls: int = 1000
    stranger: str = "drop"
    t1_ms: int = 500
    lost_s: float = 30.0
    trunks: tuple[Trunk, ...] = (Trunk("local"),)
    log_file: str = ""
    user_agent: str = "hotline"

    def __post_init__(self) -> None:
        if self.rate_hz not in (8000, 16000):
            raise ConfigError(f"the bridge's rate is {self.rate_hz} Hz", "It is 8000 or 16000.")
        if unknown := set(self.codecs) - set(CODECS):
            raise ConfigError(f"unknown codec {', '.join(sorted(unknown))}", f"Known: {', '.join(CODECS)}.")
        if not 1 <= self.max_calls <= 1024:
            raise ConfigError(f"max_calls is {self.max_calls}", "The SIP library is built for 1 to 1024.")
        if not 10 <= self.t1_ms <= 4000:
            raise ConfigError(
                f"t1_ms is {self.t1_ms}", "It is 10 to 4000; RFC 3261 has 500, and no less but in a network of one's own."
            )
        if self.lost_s and not 1 <= self.lost_s <= 3600:
            raise ConfigError(
                f"lost_s is {self.lost_s}",
                "It is 1 to 3600, or 0 for never; in half of it a telephone must be able to answer whether it is there.",
            )
        for name, number in (("port", self.port), ("tls_port", self.tls_port)):
            if not 0 <= number <= 65535:  # the SIP library would take what is left of it in 16 bits
                raise ConfigError(f"{name} is {number}", "It is 1 to 65535, or 0 for any free one.")
        first, last = self.rtp_ports
        if not 1024 <= first < last <= 65535:
            raise ConfigError(f"rtp_ports {first} to {last}", "They are two ports from 1024 to 65535, the lower one first.")
        if Transport.TLS in self.transports and not (self.tls_certificate and self.tls_key):
            raise ConfigError("TLS has no certificate", "Name tls_certificate and tls_key.")
        if not self.trunks:
            raise ConfigError("no trunk is configured", "Name at least one trunk and the networks it calls from.")
        if self.stranger not in ("drop", "refuse"):
            raise ConfigError(f"stranger is {self.stranger!r}", "It is drop or refuse.")
