"""Reasons in words, for the desk, the timeline and `hotline explain`: Russian and English.

readable(Reason("skill", {"skill": "delivery", "level": 3, "of": 3}), "en")  ->  "skill delivery 3 of 3"
sentence(reasons, "en")  ->  "skill delivery 3 of 3, last operator Anna away since 10:02, longest idle (4 min)"
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from routing.floor.hours import zone
from routing.floor.records import Reason

# In the order in which a sentence tells them.
WORDS: dict[str, dict[str, str]] = {
    "preferred": {"en": "the operator of last time, {operator}", "ru": "прежний оператор, {operator}"},
    "skill": {"en": "skill {skill} {level} of {of}", "ru": "навык «{skill}» {level} из {of}"},
    "overflow": {"en": "ring {ring} opened after {after}", "ru": "круг {ring} открылся через {after}"},
    "preferred_away": {"en": "last operator {operator} {status} since {since}", "ru": "прежний оператор {operator} {status} с {since}"},
    "preferred_busy": {"en": "last operator {operator} still busy after {waited}", "ru": "прежний оператор {operator} занят, ждали {waited}"},
    "preferred_refused": {"en": "last operator {operator} did not take it", "ru": "прежний оператор {operator} не принял"},
    "refused": {"en": "{operator} did not take it", "ru": "{operator} не принял"},
    "longest_idle": {"en": "longest idle of {of} ({idle})", "ru": "дольше всех свободен из {of} ({idle})"},
    "best_level": {"en": "highest level of {of} who are free", "ru": "лучший уровень из {of} свободных"},
    "best_language": {"en": "speaks it best of {of} who are free", "ru": "лучше всех владеет языком из {of} свободных"},
    "only_free": {"en": "the only one who is free", "ru": "единственный свободный"},
    "not_level": {"en": "{operator} has level {level}", "ru": "у {operator} уровень {level}"},
    "not_language": {"en": "{operator} speaks it at level {level}", "ru": "{operator} владеет языком на уровне {level}"},
    "not_idle": {"en": "{operator} is idle for {idle}", "ru": "{operator} свободен {idle}"},
    "vip": {"en": "VIP", "ru": "VIP"},
    "priority": {"en": "priority {priority} (counts as {for})", "ru": "приоритет {priority} (засчитано {for})"},
    "language": {"en": "language {language}", "ru": "язык {language}"},
    "medium": {"en": "{medium}", "ru": "{medium}"},
    "waited": {"en": "waited {for}", "ru": "ожидание {for}"},
    "consult": {"en": "asked by {operator}", "ru": "спрашивает {operator}"},
    "taken_over": {"en": "taken over from the assistant by {operator}", "ru": "взял у помощника {operator}"},
    "picked": {"en": "taken from the list by {operator}", "ru": "взял из списка {operator}"},
    "transfer": {"en": "handed over by {operator}", "ru": "передал {operator}"},
}  # fmt: skip
_NAMED: dict[str, dict[str, str]] = {
    "en": {"pause": "away", "offline": "offline", "chat": "chat", "mail": "mail", "call": "call", "ru": "Russian", "en": "English"},
    "ru": {"pause": "отошёл", "offline": "не в сети", "chat": "чат", "mail": "письмо", "call": "звонок", "ru": "русский", "en": "английский"},
}  # fmt: skip
WHY: dict[str, dict[str, str]] = {
    "busy": {"en": "busy", "ru": "занято"},
    "no_answer": {"en": "no answer", "ru": "не ответил"},
    "rejected": {"en": "rejected", "ru": "отклонил"},
    "unreachable": {"en": "phone not reachable", "ru": "телефон недоступен"},
    "caller_gone": {"en": "the caller was gone", "ru": "звонящий положил трубку"},
    "status": {"en": "no longer ready", "ru": "уже не готов"},
    "silent": {"en": "answered, and nothing was heard", "ru": "ответил, но тишина"},
    "no_page": {"en": "no page on the screen", "ru": "страница не открыта"},
    "gone": {"en": "hung up", "ru": "положил трубку"},
    "callback": {"en": "callback", "ru": "обратный звонок"},
    "message": {"en": "left a message", "ru": "оставил сообщение"},
    "timeout": {"en": "waited too long", "ru": "ожидание истекло"},
    "handled": {"en": "handled by a person", "ru": "обслужен оператором"},
    "contained": {"en": "settled by the house alone", "ru": "решено без оператора"},
    "handed": {"en": "handed to a person", "ru": "передан человеку"},
    "left": {"en": "hung up in the talk with the house", "ru": "положил трубку в разговоре с домом"},
    "time": {"en": "time was over", "ru": "время вышло"},
    "node_gone": {"en": "the phone node was gone", "ru": "телефонный узел пропал"},
    "closed": {"en": "outside opening hours", "ru": "вне часов работы"},
    "transferred": {"en": "transferred", "ru": "переведён"},
    "lost": {"en": "the operator's phone was cut off", "ru": "телефон оператора пропал"},
    "left_desk": {"en": "the operator had left the desk", "ru": "оператор ушёл с рабочего места"},
    "late": {"en": "too late", "ru": "слишком поздно"},
    "caller": {"en": "the caller hung up", "ru": "звонящий положил трубку"},
    "operator": {"en": "the operator hung up", "ru": "оператор положил трубку"},
    "taken": {"en": "taken over from the assistant", "ru": "взят у помощника"},
    "asked": {"en": "asked for a person", "ru": "попросил человека"},
    "customer_busy": {"en": "the customer was busy", "ru": "у клиента занято"},
    "customer_no_answer": {"en": "the customer did not answer", "ru": "клиент не ответил"},
}  # fmt: skip

FACTS: dict[str, dict[str, str]] = {
    "ringing": {"en": "rings", "ru": "звонит"},
    "answered": {"en": "answered", "ru": "снята трубка"},
    "bridged": {"en": "put through", "ru": "соединено"},
    "held": {"en": "on hold", "ru": "на удержании"},
    "unheld": {"en": "off hold", "ru": "снято с удержания"},
    "transferred": {"en": "transferred", "ru": "переведено"},
    "transfer_failed": {"en": "the transfer failed", "ru": "перевод не удался"},
    "consulting": {"en": "a consultation", "ru": "консультация"},
    "conference": {"en": "a conference", "ru": "конференция"},
    "listening": {"en": "a supervisor listens", "ru": "слушает руководитель"},
    "hung_up": {"en": "hung up", "ru": "трубка положена"},
    "recording": {"en": "recording", "ru": "запись"},
    "refused": {"en": "an order could not be done", "ru": "поручение не выполнить"},
    "callback": {"en": "a call back was asked for", "ru": "заказан обратный звонок"},
    "not_sent": {"en": "the answer could not be sent", "ru": "ответ не удалось отправить"},
    "dialling": {"en": "the customer is called", "ru": "набирается клиент"},
}  # fmt: skip


def duration(seconds: float, language: str) -> str:
    """ "45 s", "4 min", "2 h 5 min"; "45 с", "4 мин"."""
    s, minute, hour = ("с", "мин", "ч") if language == "ru" else ("s", "min", "h")
    whole = round(seconds)
    if whole < 90:
        return f"{whole} {s}"
    minutes = round(whole / 60)
    return f"{minutes} {minute}" if minutes < 90 else f"{minutes // 60} {hour} {minutes % 60} {minute}"


def clock(at_ms: int, place: str) -> str:
    """ "10:02" there."""
    return f"{datetime.fromtimestamp(at_ms / 1000, zone(place)):%H:%M}"


def readable(reason: Reason, language: str, place: str = "UTC", labels: Mapping[str, str] | None = None) -> str:
    """One reason in words. place: the time zone of its times; labels: of skills. A code that is not known here stands for itself."""
    known = WORDS.get(reason.code)
    if known is None:
        return reason.code
    named = _NAMED.get(language, _NAMED["en"])
    told: dict[str, Any] = dict(reason.args)
    for given, word in (("after_s", "after"), ("idle_s", "idle"), ("waited_s", "waited"), ("s", "for")):
        if given in told:
            told[word] = duration(float(told[given]), language)
    if "since_ms" in told:
        told["since"] = clock(int(told["since_ms"]), place)
    for name in ("status", "medium", "language"):
        if name in told:
            told[name] = named.get(str(told[name]), told[name])
    if "skill" in told:
        told["skill"] = (labels or {}).get(str(told["skill"]), told["skill"])
    try:
        return known.get(language, known["en"]).format_map(told)
    except KeyError:
        return reason.code  # written by another version, with other figures


def sentence(reasons: Iterable[Reason], language: str, place: str = "UTC", labels: Mapping[str, str] | None = None) -> str:
    """All of them, the weightiest first."""
    order = list(WORDS)
    ordered = sorted(reasons, key=lambda one: order.index(one.code) if one.code in WORDS else len(order))
    return ", ".join(readable(one, language, place, labels) for one in ordered)


def fact(code: str, language: str) -> str:
    """What a phone node said, in words."""
    known = FACTS.get(code)
    return known.get(language, known["en"]) if known else why(code, language)


def why(code: str, language: str) -> str:
    """Why something ended, in words."""
    known = WHY.get(code)
    return known.get(language, known["en"]) if known else code
