"""What the demo's caller does, per language: asks, interrupts, murmurs, keys, and says goodbye. Each act says what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from routing.caller import Act

STOOD_MS = 2500  # a prompt stands still while the house listens to a murmur; on a busy machine that takes its time


@dataclass(frozen=True, slots=True)
class Expected:
    """What must become of an act: the step that answers it (prompt id begins with it), or nothing at all ("")."""

    act: Act
    answer: str


SCRIPTS: dict[str, tuple[Expected, ...]] = {
    "en": (
        Expected(Act("question", say="Where is my parcel?"), "status"),
        Expected(Act("interrupts", say="What are your opening hours?", wait="during", after_ms=2500), "hours"),
        Expected(Act("murmurs", say="Uh-huh.", wait="during", after_ms=1500), ""),
        Expected(Act("says yes", say="Yes, please.", after_ms=STOOD_MS), "help"),
        Expected(Act("key", press="3"), "refund"),
        Expected(Act("goodbye", say="No, thank you."), "goodbye"),
    ),
    "ru": (
        Expected(Act("вопрос", say="Где моя посылка?"), "status"),
        Expected(Act("перебивает", say="Когда вы работаете?", wait="during", after_ms=2500), "hours"),
        Expected(Act("поддакивает", say="Угу.", wait="during", after_ms=1500), ""),
        Expected(Act("говорит да", say="Да, пожалуйста.", after_ms=STOOD_MS), "help"),
        Expected(Act("клавиша", press="3"), "refund"),
        Expected(Act("прощается", say="Нет, спасибо."), "goodbye"),
    ),
}
