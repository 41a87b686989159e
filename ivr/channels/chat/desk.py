"""Where a chat meets people: what an operator's desk is told, and that nobody may be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ivr.actions import Handover, State

if TYPE_CHECKING:
    from ivr.channels.chat.room import Room


class Desk(Protocol):
    """Told by the chat. Calls must return soon: a room waits for them. To act on a room: `Room.join`, `say`, `leave`."""

    async def wanted(self, room: Room, why: Handover) -> bool:
        """The dialogue gives this chat to a person. True: somebody will come, the bot falls silent. False: nobody is there."""

    async def heard(self, room: Room, text: str) -> None:
        """The visitor wrote while a person has the chat, or is awaited."""

    async def types(self, room: Room, on: bool) -> None:
        """The visitor is typing, or has stopped."""

    async def left(self, room: Room) -> None:
        """The visitor has gone, and stayed away."""

    async def talked(self, room: Room, state: State) -> None:
        """His talk with the dialogue has come to its end, or he has left it."""

    async def rated(self, room: Room, smile: str) -> None:
        """The visitor said how it was: one of ivr.channels.chat.message.SMILES."""


class NobodyThere:
    """A house without a desk."""

    async def wanted(self, room: Room, why: Handover) -> bool:
        return False

    async def heard(self, room: Room, text: str) -> None:
        return None

    async def types(self, room: Room, on: bool) -> None:
        return None

    async def left(self, room: Room) -> None:
        return None

    async def talked(self, room: Room, state: State) -> None:
        return None

    async def rated(self, room: Room, smile: str) -> None:
        return None
