"""Who may knock: the trunks' settings as rules for the native guard, which sees every request before the library acts on it."""

from __future__ import annotations

from native.guard import Guard, Permission, Rule
from voice.trunk import SipSettings, Srtp


class Door:
    """The guard of one endpoint; all but `counters` on the SIP thread."""

    def __init__(self, settings: SipSettings) -> None:
        self.settings = settings
        self._guard = Guard()

    def open(self) -> None:
        """From here on only the trunks' networks are heard, and only what they are allowed."""
        rules = [
            Rule(
                networks=trunk.networks,
                permissions=permissions(trunk.allow),
                max_calls=trunk.max_calls,
                srtp_required=trunk.srtp is Srtp.REQUIRED,
            )
            for trunk in self.settings.trunks
        ]
        stranger = "refuse" if self.settings.stranger == "refuse" else "drop"
        self._guard.install()
        self._guard.rules(rules, max_calls=self.settings.max_calls, stranger=stranger)  # type: ignore[arg-type]

    def assign(self, trunk: int, account: int) -> None:
        """Calls from this trunk's networks belong to this account."""
        self._guard.set_account(trunk, account)

    def drain(self, on: bool) -> None:
        """New calls get 503 with Retry-After; those that are up go on."""
        self._guard.drain(on)

    def close(self) -> None:
        self._guard.remove()

    def counters(self) -> dict[str, int]:
        """How many messages were refused, by reason; no addresses."""
        return self._guard.counters()


def permissions(allow: frozenset[str]) -> Permission:
    """Names as the settings have them, as bits."""
    bits = Permission.NONE
    for name in allow:
        bits |= Permission[name.upper()]
    return bits
