"""What every conversation of a phone node works with: handed in once, by routing/app."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ivr.memory.memory import Memory
from routing.floor.contacts import Contacts
from routing.floor.events import Events
from routing.floor.settings import RoutingSettings
from routing.floor.store import Floor
from routing.switchboard.recordings import Recordings
from routing.switchboard.scribe import Hear
from routing.switchboard.settings import SwitchboardSettings
from routing.switchboard.transcript import Talks
from voice.exchange import Exchange
from voice.speech.mouth import Clip, Mouth


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """node: the name of this process on the floor. music: on hold. trunks: by name. now_ms: since the epoch. hear: the
    ears that write down what was recorded, where that is wanted (scribe.py)."""

    node: str
    exchange: Exchange
    mouth: Mouth
    memory: Memory
    floor: Floor
    events: Events
    contacts: Contacts
    recordings: Recordings
    routing: RoutingSettings
    settings: SwitchboardSettings
    talks: Talks
    now_ms: Callable[[], int]
    music: Sequence[Clip] = field(default=())
    hear: Hear | None = None

    @property
    def rate_hz(self) -> int:
        return self.exchange.settings.rate_hz

    @property
    def address(self) -> str:
        """Of this node, as headers name it."""
        return f"sip:{self.exchange.settings.user_agent}@{self.exchange.settings.public_address or self.exchange.settings.host}"

    def trunk(self, name: str) -> str:
        """The trunk of this name; without one, the first."""
        return name or self.exchange.settings.trunks[0].name

    async def allowed(self, uri: str) -> bool:
        """Whether a call may be transferred there: an operator's phone, or what a rule of the settings allows. Raises MemoryAway."""
        if self.routing.may_transfer(uri):
            return True
        wanted = uri.strip().casefold()
        return bool(wanted) and any(one.active and one.uri.strip().casefold() == wanted for one in await self.floor.operators())
