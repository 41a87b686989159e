"""All chats of this process: who comes back finds his own, and what nobody looks at any more is put away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from ivr.channels.chat.log import begin
from ivr.channels.chat.message import Hello
from ivr.channels.chat.room import Parts, Room
from ivr.deeds import place
from voice.errors import HotlineError
from voice.tasks import ended

log = logging.getLogger(__name__)
SWEEP_S = 15.0
ROOMS_MOST = 5000


class Full(HotlineError):
    """No more chats now, or the store that would know this one is away: come again in a moment."""


class Rooms:
    """`start`, `enter` for each page, `close`."""

    def __init__(self, parts: Parts, rooms_most: int = ROOMS_MOST) -> None:
        self.parts, self.rooms_most = parts, rooms_most
        self.rooms: dict[str, Room] = {}
        self._sweeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._sweeper = asyncio.create_task(self._sweep(), name="chats put away")

    def room(self, chat: str) -> Room | None:
        """A chat that is open in this process: for the desk."""
        return self.rooms.get(chat)

    async def show(self, chat: str, name: str, text: str, language: str) -> bool:
        """A line of the house, once for a name, in a chat that may have been put away; False where there is none. Raises HotlineError."""
        room = await self.awake(chat)
        if room is not None:
            await room.show(text, language, name)
        return room is not None

    async def awake(self, chat: str) -> Room | None:
        """A chat that may have been put away, open in this process; None where there is none. Raises HotlineError."""
        kept = None if chat in self.rooms else await self.parts.shelf.get(chat)
        room = self.rooms.get(chat) or (self._open(Room(kept, self.parts)) if kept is not None else None)
        return None if room is None or room.wall.erased else room

    async def enter(self, hello: Hello, begins: Callable[[], bool]) -> tuple[Room, str]:
        """The room of this visitor, and the token of one who is new ("" for one who showed his). Raises Full.

        begins: whether one more chat may be begun from where he is.

        A wrong token is answered as no token is, by a new chat: nobody learns which ids are in use.
        """
        if hello.chat and hello.token and (room := await self._known(hello)) is not None:
            room.log.language = hello.language  # of the next talk: this one goes on in its own
            return room, ""
        if len(self.rooms) >= self.rooms_most:
            await self._put_away(oldest=True)
        if len(self.rooms) >= self.rooms_most or not begins():
            raise Full("too many chats are begun")
        chat, token = begin(hello.language, self.parts.now_ms())
        return self._open(Room(chat, self.parts)), token

    async def close(self) -> None:
        """Every chat is kept as it stands; whoever comes back goes on without a word."""
        await ended([self._sweeper])
        await asyncio.gather(*(self._closed(room) for room in self.rooms.values()))
        self.rooms.clear()

    async def _known(self, hello: Hello) -> Room | None:
        kept = None
        if hello.chat not in self.rooms:
            try:
                kept = await self.parts.shelf.get(hello.chat)
            except HotlineError:
                raise Full("the store is away") from None
        # Another window of the same visitor may have been quicker.
        room = self.rooms.get(hello.chat)
        if room is None and kept is not None and kept.opens_to(hello.token):
            return self._open(Room(kept, self.parts))
        if room is not None and room.wall.erased:
            return None
        return room if room is not None and room.log.opens_to(hello.token) else None

    def _open(self, room: Room) -> Room:
        self.rooms[room.log.chat] = room
        return room

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            for room in list(self.rooms.values()):
                if room.wall.unkept:
                    await room.wall.shelve()
            await self._put_away()

    async def _put_away(self, *, oldest: bool = False) -> None:
        """Rooms without a window for long enough, or, where there is no more space, the one that has none for longest."""
        empty = [room for room in self.rooms.values() if not room.wall.windows and not room.operator]
        late_ms = self.parts.now_ms() - self.parts.idle_s * 1000
        gone = [room for room in empty if max(room.left_ms, room.log.at_ms) < late_ms and not room.wall.unkept]
        if oldest and not gone and empty:
            gone = [min(empty, key=lambda room: room.left_ms)]
        for room in gone:
            self.rooms.pop(room.log.chat, None)
            await self._closed(room)

    async def _closed(self, room: Room) -> None:
        try:
            await room.close()
        except Exception as error:
            log.error("a chat could not be put away: %s", place(error))
