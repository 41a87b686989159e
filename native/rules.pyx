"""Who may speak to the gateway and what each may ask: a table of C arrays, built by Python, read without the GIL."""

import ipaddress
from dataclasses import dataclass
from enum import IntFlag

from libc.stdint cimport uint64_t
from libc.stdlib cimport calloc, free
from libc.string cimport strncpy


class Permission(IntFlag):
    NONE = 0
    REFER = MAY_REFER
    REPLACES = MAY_REPLACES
    MESSAGE = MAY_MESSAGE
    SUBSCRIBE = MAY_SUBSCRIBE
    PUBLISH = MAY_PUBLISH
    NOTIFY = MAY_NOTIFY
    REGISTER = MAY_REGISTER


@dataclass(frozen=True, slots=True)
class Rule:
    """What one trunk may do; its place in the sequence given to `Guard.rules` is its number.

    networks: CIDR, IPv4 or IPv6 ("192.0.2.0/24", "2001:db8::/32", "192.0.2.7").
    max_calls: calls of this trunk at once, both directions, closing ones included; 0 for no limit of its own.
    srtp_required: every audio offered must carry a key (RFC 4568 a=crypto or RFC 8122 a=fingerprint).
    """

    networks: tuple
    permissions: object = Permission.NONE
    max_calls: int = 0
    srtp_required: bool = False


# A session may always be set up, kept, changed and ended; the rest follows from the permissions. Replaces is a header.
ALWAYS = ("INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "PRACK")


def allow_of(permissions) -> str:
    """The methods for an Allow header (RFC 3261 section 20.5)."""
    more = [flag.name for flag in Permission if flag and flag in permissions and flag is not Permission.REPLACES]
    return ", ".join((*ALWAYS, *more))


def networks_of(trunks) -> list:
    """(network, trunk) of all rules, narrowest first. Raises ValueError where two trunks claim the same network."""
    claimed = {}
    for number, rule in enumerate(trunks):
        for text in rule.networks:
            try:
                network = ipaddress.ip_network(text)
            except ValueError as wrong:
                raise ValueError(f"trunk {number}: {wrong}") from None
            if claimed.setdefault(network, number) != number:
                raise ValueError(f"the network {network} is given to trunk {claimed[network]} and to trunk {number}")
    return sorted(claimed.items(), key=lambda item: -item[0].prefixlen)


cdef void network_set(network_t* to, uint64_t hi, uint64_t lo, int bits, int prefix, int trunk) noexcept:
    cdef uint64_t ones = <uint64_t>-1
    cdef int skipped = 128 - bits + prefix     # of the 128 bits, how many must agree
    to.hi_mask = ones if skipped >= 64 else (ones << (64 - skipped) if skipped else 0)
    to.lo_mask = 0 if skipped <= 64 else ones << (128 - skipped)
    to.hi, to.lo, to.bits, to.trunk = hi & to.hi_mask, lo & to.lo_mask, bits, trunk


cdef table_t* table_of(trunks) except NULL:
    """A new table with these trunks (a sequence of `Rule`) and no limits yet. Raises ValueError."""
    cdef table_t* new
    cdef int i, trunk
    networks = networks_of(trunks)
    if len(trunks) > MAX_TRUNKS or len(networks) > MAX_NETWORKS:
        raise ValueError(f"there may be {MAX_TRUNKS} trunks and {MAX_NETWORKS} networks, not more")
    if any(rule.max_calls < 0 for rule in trunks):
        raise ValueError("max_calls of a trunk must be 0 (no limit of its own) or more")
    new = <table_t*>calloc(1, sizeof(table_t))
    if new == NULL:
        raise MemoryError
    new.networks = <network_t*>calloc(max(len(networks), 1), sizeof(network_t))
    new.trunks = <trunk_t*>calloc(max(len(trunks), 1), sizeof(trunk_t))
    if new.networks == NULL or new.trunks == NULL:
        table_free(new)
        raise MemoryError
    try:
        for i, (network, trunk) in enumerate(networks):
            first = int(network.network_address)
            bits, prefix = network.max_prefixlen, network.prefixlen
            network_set(&new.networks[i], first >> 64, first & 0xffffffffffffffff, bits, prefix, trunk)
        for i, rule in enumerate(trunks):
            permissions = Permission(rule.permissions)
            allow = allow_of(permissions).encode()
            new.trunks[i].permissions, new.trunks[i].max_calls = int(permissions), rule.max_calls
            new.trunks[i].srtp_required = bool(rule.srtp_required)
            strncpy(new.trunks[i].allow, allow, sizeof(new.trunks[i].allow) - 1)
        new.network_count = len(networks)
    except BaseException:
        table_free(new)
        raise
    return new


cdef void table_free(table_t* old) noexcept nogil:
    if old != NULL:
        free(old.networks)
        free(old.trunks)
        free(old)


cdef int trunk_at(const table_t* rules, int bits, uint64_t hi, uint64_t lo) noexcept nogil:
    """The trunk of the narrowest network that holds the address, or -1."""
    cdef int i
    cdef const network_t* network
    for i in range(rules.network_count):
        network = &rules.networks[i]
        if network.bits == bits and (hi & network.hi_mask) == network.hi and (lo & network.lo_mask) == network.lo:
            return network.trunk
    return -1
