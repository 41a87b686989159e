"""One mail as one turn of a dialogue: all questions that it answers are answered; those that remain go into the reply.

The machine is pure, so a sentence is tried before it counts: what would not be understood is no error here, only an open question.
A mail waits for the memory and for connectors as long as these take; whoever brought it tries again where the memory is away.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from ivr.actions import (
    Action,
    Context,
    Delivered,
    Event,
    Handover,
    Hangup,
    Heard,
    Listen,
    Phase,
    Picked,
    PromptsDone,
    Record,
    Recorded,
    Say,
    SendLink,
    Started,
    State,
    Working,
)
from ivr.deeds import Deeds
from ivr.talk import Script
from ivr.understand import NO, YES
from voice.recognizers.protocol import Kind

TEXT_CHARACTERS_MAX = 4_000  # of a mail that the dialogue looks at
SENTENCES_MAX = 30
ROUNDS_MAX = 12  # questions that one mail may answer
WORKS_MAX = 20  # look-ups and the like in one mail
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


class Tie(StrEnum):
    """What ties a mail to an open matter of its writer."""

    THREAD = "thread"  # it answers what the house wrote in that matter
    OFFER = "offer"  # it answers the question whether to go on with it
    WORDS = "words"  # a new mail, which is about it: he is told first with what one goes on
    WRITER = "writer"  # a new mail that tells nothing of its own: as the flow has it for those who come back
    NONE = "none"  # a new business


@dataclass(frozen=True, slots=True)
class Reply:
    """How the dialogue stands after a mail: what is to be said, questions last; what to do beside.

    offer: the matter of which it is asked whether to go on with it; "" where that is not asked.
    """

    state: State
    says: tuple[Say, ...]
    handover: Handover | None = None
    ended: bool = False
    offer: str = ""


class Conversation:
    """Runs mails through a flow. now_ms: the time since the epoch."""

    def __init__(self, script: Script, deeds: Deeds, now_ms: Callable[[], int]) -> None:
        self.script, self.deeds, self.now_ms = script, deeds, now_ms

    def tie(self, subject: str, text: str, language: str, context: Context) -> tuple[Tie, Context]:
        """What a mail outside of any thread goes on with: `context` with no matters but those.

        One whose open question it answers, or one in which all that it tells was told already: nobody is asked that a second time.
        Where it tells nothing that a new business could begin with, whoever writes comes back: the newest that is with no person.
        A flow that begins anew with everybody goes on with none.
        """
        pieces, now = _pieces(subject, text), self.now_ms()
        back, _ = self.script.step(self.script.begin(), Started(language, "email", context, now_ms=now))
        if back.phase is not Phase.OFFERING and not back.matter:
            return Tie.WRITER, context
        new, _ = self.script.step(self.script.begin(), Started(language, "email", now_ms=now))
        first = self._answer(new, pieces)
        tells = self.script.step(new, first)[0].slots if first is not None else {}
        open_ones = []
        for matter in context.matters:
            own = replace(context, matters=(matter,))
            offered, _ = self.script.step(self.script.begin(), Started(language, "email", own, resume="ask", now_ms=now))
            if offered.phase is not Phase.OFFERING:
                continue
            gone_on, _ = self.script.step(offered, Picked(YES, now_ms=now))
            if gone_on.phase is Phase.ENDED:
                continue  # it is with a person
            tried = (self.script.step(offered, Heard(piece, now_ms=now))[0] for piece in pieces)
            answered = (state.matter == matter.id and state.slots != gone_on.slots for state in tried)
            if (tells and tells.items() <= gone_on.slots.items()) or any(answered):
                return Tie.WORDS, own
            open_ones.append(matter)
        going_on = first is None and bool(open_ones)
        return (Tie.WRITER if going_on else Tie.NONE), replace(context, matters=tuple(open_ones if going_on else ()))

    async def read(
        self,
        subject: str,
        text: str,
        language: str,
        context: Context | None,
        deeds: Deeds | None = None,
        *,
        tie: Tie = Tie.THREAD,
    ) -> Reply:
        """What becomes of a mail. context: whose matters are those that it goes on with, none for a new business. deeds: for this one."""
        self._works = 0
        step = partial(self._step, deeds or self.deeds)
        resume = {Tie.THREAD: "ask", Tie.OFFER: "ask", Tie.WORDS: "continue"}.get(tie, "")
        started = Started(language, "email", context, resume=resume, now_ms=self.now_ms())
        state, acts = await step(self.script.begin(), started)
        said: list[Say] = []
        offered = state.phase is Phase.OFFERING
        if offered and tie is Tie.WRITER:
            # Nobody had asked him yet, so that no word of his is an answer to it.
            return _reply(state, (act for act in acts if isinstance(act, Say)), acts)
        pieces = _pieces("" if offered else subject, text)
        meant: Heard | None = None
        if offered and tie is Tie.OFFER:
            meant, pieces = self._meant(state, pieces)
        if meant is not None:
            state, acts = await step(state, meant)
        elif offered:
            # He answers a mail of this very matter: that is the yes.
            state, acts = await step(state, Picked(YES))
        if offered and meant is None and pieces and self._answer(state, pieces) is None:
            # He answered, and was not understood: asked in other words, at last handed to a person, as on the phone. Going on
            # begins to count anew, and each mail goes on.
            for _ in range(_misses(context) + 1):
                state, acts = await step(state, Heard(pieces[0], now_ms=self.now_ms()))
            pieces = ()
        for round_ in range(ROUNDS_MAX):
            if state.phase not in (Phase.ASKING, Phase.CONFIRMING):
                break
            doubted = offered and state.phase is Phase.CONFIRMING  # of what he just wrote: that he means it, he has written
            if round_ and _closed_question(acts) and not doubted:
                break  # a yes that was written before the question is no answer to it
            found = self._answer(state, pieces, parting=not round_ and meant is None)
            if found is None:
                break
            said += _statements(acts)
            state, acts = await step(state, found)
        return _reply(state, (*said, *(act for act in acts if isinstance(act, Say))), acts)

    def _meant(self, state: State, pieces: Sequence[str]) -> tuple[Heard | None, tuple[str, ...]]:
        """The piece of the mail that says whether to go on, at best with what comes next; and the pieces that say more than yes or no.

        None where none does.
        """
        yes, no = (_place(self.script.step(state, Picked(button, now_ms=self.now_ms()))[0]) for button in (YES, NO))
        ranks: dict[Heard, int] = {}
        more: list[str] = []
        for event in (Heard(piece, now_ms=self.now_ms()) for piece in pieces):
            there, acts = self.script.step(state, event)
            taken = there.phase is not Phase.OFFERING
            if (
                taken
                and _place(there) in (yes, no)
                and (_closed_question(acts) or self._answer(there, (event.text,), parting=False) is None)
            ):
                ranks[event] = 1 if _place(there) == yes else 2
                continue
            more.append(event.text)
            if taken:
                ranks[event] = 3 if _parting(there) or there.phase is Phase.CONFIRMING else 0
        return min(ranks, key=lambda event: ranks[event], default=None), tuple(more)

    def _answer(self, state: State, pieces: Sequence[str], parting: bool = True) -> Heard | None:
        """The first piece of the mail that brings this dialogue on for sure, else the first that may; None where none does.

        parting: whether a mere goodbye counts, where it is all that is understood. After an answer, "thank you" is a courtesy.
        """
        maybe: Heard | None = None
        last: Heard | None = None
        for piece in pieces:
            event = Heard(piece, now_ms=self.now_ms())
            tried, _ = self.script.step(state, event)
            if tried.errors or tried.phase is Phase.OFFERING or tried.ending.startswith("handed over (no_"):
                continue
            if _parting(tried):
                last = last or event
                continue
            doubted = tried.phase is Phase.CONFIRMING and state.phase is not Phase.CONFIRMING
            if doubted:
                maybe = maybe or event
            elif tried.slots != state.slots or tried.step != state.step or tried.phase is Phase.ENDED:
                return event
        return maybe or (last if parting else None)

    async def _step(self, deeds: Deeds, state: State, event: Event) -> tuple[State, tuple[Action, ...]]:
        """One event and all that follows from it without the writer: look-ups, and that what was said is read."""
        state, acts = self.script.step(state, event)
        kept = list(acts)
        while (work := next((act for act in acts if isinstance(act, Working)), None)) is not None:
            self._works += 1
            came = await self._done(deeds, work) if self._works <= WORKS_MAX else None
            if came is None:
                break
            if isinstance(work, SendLink) and isinstance(came, Delivered):
                kept.append(Say(work.text, work.language, "link", varies=True))
            state, acts = self.script.step(state, replace(came, now_ms=self.now_ms()))
            kept += acts
        if state.speaking:
            state, _ = self.script.step(state, PromptsDone(now_ms=self.now_ms()))
        return state, tuple(kept)

    async def _done(self, deeds: Deeds, work: Working) -> Event:
        if isinstance(work, Record):
            return Recorded(work.request, "", "")  # his mail is the message
        if isinstance(work, SendLink):
            return Delivered(work.request)  # a line of the answer: he is written to anyway
        return await deeds.do(work)


def _reply(state: State, says: Iterable[Say], acts: Sequence[Action]) -> Reply:
    handover = next((act for act in acts if isinstance(act, Handover)), None)
    offer = str(state.offers[0]["id"]) if state.phase is Phase.OFFERING else ""
    return Reply(state, _once(tuple(says)), handover, any(isinstance(act, Hangup | Handover) for act in acts), offer)


def _parting(state: State) -> bool:
    """Whether the talk has ended by itself."""
    return state.done and not state.handed


def _place(state: State) -> tuple[str, str, object]:
    """Where in which matter one is, and what is told."""
    return state.matter, state.step, state.slots


def _misses(context: Context | None) -> int:
    """How often in a row he was not understood at the question where this thread stands."""
    return int(context.matters[-1].state.get("errors", 0)) if context is not None and context.matters else 0


def _pieces(subject: str, text: str) -> tuple[str, ...]:
    """What may be an answer: the text, with its subject, the subject alone; then sentence by sentence."""
    subject = re.sub(r"^(?:\s*(?:re|fwd?|aw|ответ|отв|пересл)\s*(?:\[\d+\])?\s*:)+\s*", "", subject, flags=re.IGNORECASE)
    flat = " ".join(text.split())[:TEXT_CHARACTERS_MAX]
    sentences = [one.strip() for one in _SENTENCE.split(text[:TEXT_CHARACTERS_MAX]) if one.strip()][:SENTENCES_MAX]
    whole = f"{subject}. {flat}" if subject and flat else subject or flat
    return tuple(dict.fromkeys(piece for piece in (flat, whole, subject, *sentences) if piece))


def _closed_question(acts: Sequence[Action]) -> bool:
    """Whether yes or no is asked for."""
    asked = next((act for act in reversed(acts) if isinstance(act, Listen)), None)
    return asked is not None and asked.expectation.kind is Kind.YES_NO


def _statements(acts: Sequence[Action]) -> list[Say]:
    """What is said without the question at its end, which the mail has answered already."""
    says = [act for act in acts if isinstance(act, Say)]
    return says[:-1] if any(isinstance(act, Listen) for act in acts) else says


def _once(says: Sequence[Say]) -> tuple[Say, ...]:
    """Each text once, at its last place: a question comes at the end."""
    by_text = {say.text: say for say in reversed(says)}
    return tuple(reversed(by_text.values()))
