"""[switchboard] of the settings: what a phone node does with callers who wait for a person, and with operators' phones."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from voice.errors import ConfigError


@dataclass(frozen=True, slots=True)
class CallbackSettings:
    """[switchboard.callback]: calling customers back. Without a trunk nobody is offered that.

    trunk: through which we call. uri: whom, with {number} for the number ("sip:{number}@pbx.example"). numbers: which numbers may be
    called, with "*" for any digits ("+7*", "+44*"); a number may be forged, and somebody may want us to call a dear one.
    tries: how often at most, with again_s between; ring_s: for how long the customer's phone rings.
    """

    trunk: str = ""
    uri: str = ""
    numbers: tuple[str, ...] = ()
    tries: int = 3
    again_s: float = 900.0
    ring_s: float = 40.0

    def __post_init__(self) -> None:
        if self.trunk and "{number}" not in self.uri:
            raise ConfigError(f"the uri of call backs is {self.uri!r}", 'Write it with {number}: "sip:{number}@pbx.example".')
        if self.trunk and not self.numbers:
            raise ConfigError("no number may be called back", 'Say which may be: numbers = ["+7*"]')
        for rule in self.numbers:
            if not re.fullmatch(r"\+?[\d*]*\d[\d*]*", rule):
                raise ConfigError(f"{rule!r} is no rule for numbers", 'Write the beginning of those that may be called: "+7*"')
        if not 1 <= self.tries <= 10 or self.again_s < 10 or self.ring_s < 5:
            raise ConfigError("tries are 1 to 10, again_s is 10 or more, ring_s 5 or more")

    def allows(self, number: str) -> bool:
        """Whether a rule allows this number (E.164, or as the PBX has it), and we have a way to call it."""
        plain = bool(re.fullmatch(r"\+?\d{2,15}", number))
        return bool(self.trunk) and plain and any(fnmatchcase(number, rule) for rule in self.numbers)


@dataclass(frozen=True, slots=True)
class SwitchboardSettings:
    """[switchboard].

    music: a WAV file (mono, 16 bit, at the bridge's rate); empty plays the house's own. announce_s: between two announcements of the
    place in the queue. ring: see [routing] ring_s. silent_s: so long after his answer an operator's phone that sends no sound counts
    as silent. mute_s: so long after he was put through, one who has not said a word has not taken the call, and it goes to the
    next; 0 never. lost_s: so long without a packet of his, and his telephone is taken for dead; 0 never. refer: trunks that take REFER: a transfer to an address leaves this house. message_s: the longest message. last_uri, last_trunk: a telephone that who cannot be served is put through to, before [routing] last_resort; empty for none.
    """

    music: str = ""
    announce_s: float = 45.0
    silent_s: float = 3.0
    mute_s: float = 25.0
    lost_s: float = 15.0
    refer: tuple[str, ...] = ()
    message_s: float = 120.0
    last_uri: str = ""
    last_trunk: str = ""
    callback: CallbackSettings = field(default_factory=CallbackSettings)

    def __post_init__(self) -> None:
        if self.announce_s < 10:
            raise ConfigError(
                f"announce_s is {self.announce_s}", "It is 10 or more: nobody can bear to be talked at all the time."
            )
        if self.last_uri and not re.match(r"sips?:[^@]+@|tel:", self.last_uri):
            raise ConfigError(f"last_uri is {self.last_uri!r}", 'Write it as "sip:duty@pbx.example".')
        if not 1 <= self.silent_s <= 30 or min(self.mute_s, self.lost_s) < 0 or not 5 <= self.message_s <= 600:
            raise ConfigError("silent_s is 1 to 30, mute_s and lost_s 0 or more, message_s 5 to 600")
