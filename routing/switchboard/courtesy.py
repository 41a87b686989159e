"""What is the same for every caller, whether he came or was called: words in their turn, the notice of a recording, his mark, the end."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence

from ivr.memory.errors import MemoryAway
from routing.floor.settings import Recording
from routing.switchboard.board import Board
from routing.switchboard.conversation import Conversation
from routing.switchboard.texts import spoken_in, text
from voice import events as on
from voice.errors import HotlineError

log = logging.getLogger(__name__)
REFUSE = "0"  # the one key by which a recording is refused, or agreed to
MARK_S = 10.0
MARKS = "12345"
FORBIDS_S = 0.5


class Courtesy:
    """The part of a Host that speaks. `talk` is set before anything is said."""

    talk: Conversation

    def __init__(self, board: Board, language: str) -> None:
        self.board, self.language = board, language
        self._then: dict[int, Callable[[], Awaitable[None]]] = {}
        self._marking = False
        self._leaving = False

    # Words

    def say(
        self, *words: str, then: Callable[[], Awaitable[None]] | None = None, when: Callable[[], bool] = lambda: True
    ) -> None:
        """Texts, or names of texts, one after another, as soon as they are rendered; not where `when` says no by then.

        then: what is done on the loop when they are through, or cut by a key; at once where they cannot be spoken.
        """
        self.talk.start(self._say(words, then, when))

    async def _say(self, words: Sequence[str], then: Callable[[], Awaitable[None]] | None, when: Callable[[], bool]) -> None:
        talk, board = self.talk, self.board
        language = spoken_in(self.language)
        prompts: list[int] = []
        try:
            clips = [await board.mouth.clip(self._words(one), language, board.rate_hz) for one in words]
            if talk.over or not when():
                return
            prompts = talk.onhold.say(clips)
        except HotlineError as error:
            log.error("call %d: %s", talk.caller.info.number, error.what)
        noticed = next((number for one, number in zip(words, prompts, strict=False) if one in ("notice", "consent")), 0)
        if noticed:
            self._then[noticed] = self._noticed
        if then is not None and prompts:
            self._then[prompts[-1]] = self._both(self._then.get(prompts[-1]), then)
        elif then is not None:
            talk.soon(then)

    def _words(self, one: str) -> str:
        return text(one, self.language) if one.isidentifier() else one

    def _both(
        self, first: Callable[[], Awaitable[None]] | None, other: Callable[[], Awaitable[None]]
    ) -> Callable[[], Awaitable[None]]:
        async def both() -> None:
            if first is not None:
                await first()
            await other()

        return both

    async def heard(self, event: on.Event) -> None:
        """See Host. Subclasses take the keys that are theirs in `key`."""
        match event:
            case on.PromptFinished(prompt=prompt) | on.PromptCut(prompt=prompt):
                then = self._then.pop(prompt, None)
                # What was cut before it was heard is no notice; all else goes on.
                if then is not None and not (then == self._noticed and isinstance(event, on.PromptCut)):
                    await then()
            case on.Digit(key=key):
                await self._key(key)

    async def _key(self, key: str) -> None:
        talk = self.talk
        if self._marking:
            if key in MARKS:
                await self._marked(int(key))
        elif key == REFUSE and talk.taping.wanted and talk.taping.choice is None:
            agreed = talk.taping.press()
            talk.taping.noticed = True
            if agreed:
                self.say("agreed")
                self._tape()
            else:
                await talk.taping.stop()
                self.say("refused")
        else:
            await self.key(key)

    async def key(self, key: str) -> None:
        """A key that is for nothing of this."""

    # The recording

    def notice(self) -> tuple[str, ...]:
        """The name of what is to be said of it, where it is and was not."""
        taping = self.talk.taping
        if not taping.wanted or taping.noticed:
            return ()
        return ("consent" if taping.mode is Recording.CONSENT else "notice",)

    async def _noticed(self) -> None:
        self.talk.taping.noticed = True
        self._tape()

    def _tape(self) -> None:
        if self.talk.front is not None:
            self.talk.taping.begin(self.talk.caller, self.talk.whose)

    async def ask_forbidden(self, customer: str, forbids: Callable[[], Awaitable[bool]]) -> None:
        """Whether he has forbidden it, in whatever channel; while nobody can say so, it is not done."""
        try:
            self.talk.taping.forbidden = bool(customer) and await forbids()
        except MemoryAway:
            return
        if self.talk.front is not None:
            self._tell_in_talk()

    async def connected(self) -> None:
        """Somebody talks to him. Where he has not heard of the recording yet, he does now, while they talk; it begins after that."""
        self._leaving = self._marking = False
        self._tell_in_talk()

    def _tell_in_talk(self) -> None:
        if words := self.notice():
            self.say(*words)
        self._tape()

    # The end

    async def alone(self) -> None:
        """Whoever talked to him has gone: his mark, where it is asked for, and goodbye."""
        if not self.board.routing.csat:
            await self.talk.caller.hang_up()
            return
        self._marking = self._leaving = True
        self.say("csat", then=self._mark_due)

    async def _mark_due(self) -> None:
        self.talk.soon(self.bye, MARK_S)

    async def _marked(self, mark: int) -> None:
        self._marking = False
        self.talk.dispatch.post(lambda: self.board.contacts.keep(self.talk.contact, csat=mark))
        self.leave("thanks")

    def leave(self, *words: str) -> None:
        """The last words, and the end of the call."""
        self._leaving = True
        self.say(*words, then=self.bye)

    async def bye(self) -> None:
        """Unless somebody has come after all."""
        if self._leaving:
            await self.talk.caller.hang_up()
