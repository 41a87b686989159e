from dataclasses import dataclass
from enum import IntFlag

class Permission(IntFlag):
    NONE = 0
    REFER = 1
    REPLACES = 2
    MESSAGE = 4
    SUBSCRIBE = 8
    PUBLISH = 16
    NOTIFY = 32
    REGISTER = 64

@dataclass(frozen=True, slots=True)
class Rule:
    """What one trunk may do; its place in the sequence given to `Guard.rules` is its number.

    networks: CIDR, IPv4 or IPv6 ("192.0.2.0/24", "2001:db8::/32", "192.0.2.7").
    max_calls: calls of this trunk at once, both directions, closing ones included; 0 for no limit of its own.
    srtp_required: every audio offered must carry a key (RFC 4568 a=crypto or RFC 8122 a=fingerprint).
    """

    networks: tuple[str, ...]
    permissions: Permission = ...
    max_calls: int = 0
    srtp_required: bool = False
