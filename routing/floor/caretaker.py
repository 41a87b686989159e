"""What is looked after on the floor every few seconds: phone nodes that died, operators who left, who waits too long, figures for estimates, what grows old."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from ivr.memory.errors import Unfit
from routing.floor.contacts import Contacts
from routing.floor.errors import WrongMove
from routing.floor.estimate import Figures, of_sums, shares
from routing.floor.events import Events, Nodes
from routing.floor.mirror import Mirror
from routing.floor.records import Availability, Medium, Presence, Request
from routing.floor.states import TALKING
from routing.floor.store import DAY_MS, Floor, P

log = logging.getLogger(__name__)
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
DEAD_MS = 4000  # a node that is silent for so long, though Redis was there to hear it
LEFT = "left_desk"
WRITTEN = frozenset({Medium.CHAT, Medium.MAIL})


class Since:
    """Since when each of some things is so, as far as this process saw it without a break."""

    def __init__(self) -> None:
        self._since: dict[str, int] = {}

    def longer(self, names: Iterable[str], now_ms: int, than_ms: float) -> set[str]:
        """Those of them, all that are so now, that have been so for this long."""
        self._since = {name: self._since.get(name, now_ms) for name in names}
        return {name for name, since in self._since.items() if now_ms - since >= than_ms}

    def forget(self) -> None:
        self._since.clear()


@dataclass
class Caretaker:
    """`round` does what is due. Nobody is judged by his silence of a time in which Redis was away, or another looked after the floor."""

    floor: Floor
    every_s: float = 2.0
    _silent: Since = field(default_factory=Since)
    _absent: Since = field(default_factory=Since)
    _waiting: Since = field(default_factory=Since)
    _seen_ms: int = 0
    _trimmed_ms: int = 0
    _swept_ms: int = 0

    async def round(self, mirror: Mirror) -> None:
        """Raises MemoryAway; what was done by then is done."""
        now = self.floor.now_ms()
        if now - self._seen_ms > 4000 * self.every_s:
            for since in (self._silent, self._absent, self._waiting):
                since.forget()
        await self._nodes(mirror, now)
        await self._figures(mirror, now)
        presences = await self.floor.presences()
        self._pages(mirror, presences, now)
        await self._left(mirror, presences, now)
        await self._too_long(mirror, now)
        self._seen_ms = now
        if now - self._trimmed_ms >= MINUTE_MS:
            self._trimmed_ms = now
            await Events(self.floor.store, self.floor.now_ms).trim(now)
        if now - self._swept_ms >= HOUR_MS:
            self._swept_ms = now
            await Contacts(self.floor.store).sweep(now - self.floor.settings.keep_days * DAY_MS)

    async def _nodes(self, mirror: Mirror, now: int) -> None:
        """The calls of a phone node that died are gone; their places are kept. A promised call waits on."""
        nodes = Nodes(self.floor.store)
        calls = [one.request for one in mirror.board.waiting.values()] + list(mirror.people.values())
        calls = [one for one in calls if one.medium is Medium.CALL and one.node]
        named = {one.node for one in calls}
        silent = named - await nodes.alive(sorted(named))
        dead = self._silent.longer(silent, now, DEAD_MS)
        for request in calls:
            if request.node in dead:
                await self._gone(request)

    async def _gone(self, request: Request) -> None:
        asked = await self.floor.request(request.id)
        if asked is None or (asked.state == "waiting" and asked.callback is not None):
            return
        log.warning("a phone node is dead: one of its calls is gone")
        with contextlib.suppress(Unfit):  # it ended in this very moment
            if asked.callback is not None and asked.state == "offered":
                await self.floor.move(asked.assignment, "refused", "node_gone")  # the promise stands
            else:
                await self.floor.leave(request.id, "gone")

    async def _left(self, mirror: Mirror, presences: tuple[Presence, ...], now: int) -> None:
        """Chats and mails of an operator whose page has long been closed go on with somebody else, in their old place."""
        here = {one.operator for one in presences if one.has_page(now)}
        held = [one for one in mirror.live.values() if one.medium in WRITTEN and one.state in TALKING]
        absent = {one.operator for one in held} - here
        gone = self._absent.longer(absent, now, 1000 * self.floor.settings.left_s)
        for one in held:
            if one.operator in gone:
                log.info("an operator has left the desk: a %s goes back to its queue", one.medium.value)
                with contextlib.suppress(Unfit, WrongMove):  # it ended in this very moment
                    await self.floor.requeue(one.id, LEFT)

    async def _too_long(self, mirror: Mirror, now: int) -> None:
        """A chat that nobody takes in time is the bot's again. A call's own node bears its time; a mail waits."""
        chats = [name for name, one in mirror.board.waiting.items() if one.request.medium is Medium.CHAT]
        for name in self._waiting.longer(chats, now, 1000 * self.floor.settings.timeout_s):
            await self.floor.leave(name, "timeout")

    async def _figures(self, mirror: Mirror, now: int) -> None:
        """How each queue gets on, for `Floor.place`."""
        found = await self.floor.store.run("routing.floor/look", "queues")
        waiting = {queue: int(count) for queue, count, *_ in found}
        serves: dict[str, list[str]] = {}
        ready: dict[str, int] = dict.fromkeys(waiting, 0)
        for name, one in mirror.board.standing.items():
            if not one.operator.active or one.presence.status not in (Availability.READY, Availability.WRAP_UP):
                continue
            for queue in waiting:
                medium, _, rest = queue.partition(":")
                skill, _, language = rest.rpartition(":")
                suits = not skill or one.operator.skills.get(skill, 0) >= self.floor.settings.skill(skill).level
                if (
                    suits
                    and (not language or language in one.operator.languages)
                    and one.operator.capacity.get(Medium(medium), 0)
                ):
                    serves.setdefault(name, []).append(queue)
                    ready[queue] += Medium(medium) in one.media
        servers = shares(serves, waiting)
        words: list[str] = []
        for queue, _, count, total, squares in found:
            mean_s, spread = of_sums(int(count), float(total), float(squares))
            words += [queue, Figures(servers.get(queue, 0.0), ready[queue], mean_s, spread, now).pack()]
        if words:
            await self.floor.store.command("HSET", f"{P}figures", *words)

    def _pages(self, mirror: Mirror, presences: tuple[Presence, ...], now: int) -> None:
        """Signs of life are not told, they are looked up: who has a page may have chats and mails, who has none any more may not."""
        for presence in presences:
            mirror.board.refresh(presence, now)
