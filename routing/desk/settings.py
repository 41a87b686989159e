"""[desk] of the settings: what a talk may be filed under, and why somebody pauses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from voice.errors import ConfigError

_ID = re.compile(r"[a-z][a-z0-9_]{0,31}")


@dataclass(frozen=True, slots=True)
class Code:
    """One result of a talk, in both languages."""

    id: str
    en: str
    ru: str

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id) or not self.en.strip() or not self.ru.strip():
            raise ConfigError(f"{self.id!r} is no wrap-up code", 'Write id = "solved", en = "Solved", ru = "Решено".')


CODES = (
    Code("solved", "Solved", "Решено"),
    Code("informed", "Told what was asked", "Информация предоставлена"),
    Code("order_changed", "Order changed", "Заказ изменён"),
    Code("refund", "Refund", "Возврат денег"),
    Code("complaint", "Complaint taken", "Жалоба принята"),
    Code("call_back", "We call back", "Перезвоним"),
    Code("passed_on", "Passed on to another department", "Передано в другой отдел"),
    Code("not_reached", "Broke off", "Разговор прервался"),
    Code("wrong_number", "Wrong number", "Ошиблись номером"),
    Code("nuisance", "Nuisance", "Спам"),
)


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """[desk]. codes: of wrap-up ([[desk.code]]), the ones above where none are given. code_needed: no wrap-up ends without one.

    pauses: reasons of a pause; "lunch", "break", "meeting", "training" and "other" have names in both languages, others are
    shown as they are written. Skills may have codes of their own beside these ([[routing.skill]]).
    """

    codes: tuple[Code, ...] = field(default=CODES)
    code_needed: bool = True
    pauses: tuple[str, ...] = ("break", "lunch", "meeting", "training", "other")

    def __post_init__(self) -> None:
        if len({code.id for code in self.codes}) < len(self.codes):
            raise ConfigError("two wrap-up codes have the same id", "Give each [[desk.code]] an id of its own.")
