"""A customer with a past in every channel, for the screen: what a real memory holds of somebody after a week."""

from __future__ import annotations

from dataclasses import replace

from ivr.memory.consent import Purpose
from ivr.memory.identity import Identity, Proof, chat, email, phone
from ivr.memory.matter import Answered
from ivr.memory.memory import Memory
from ivr.memory.timeline import CALL, MAIL, MESSAGE, VISIT, Touch

NUMBER = "+7 495 123-45-67"


async def customer(memory: Memory, name: str = "Мария Петрова") -> tuple[str, Identity, str]:
    """His id, the number he calls from, and his matter."""
    now, number = memory.now_ms(), phone(NUMBER)
    who = await memory.customers.meet(number, "test", name=name, language="ru")
    assert who is not None
    await memory.customers.learn(who, "crm", tariff="Семейный", preferences="звонить после 18:00", city="Казань")
    box, page = email("maria@example.com"), chat("visitor-4711")
    await memory.customers.link(who, box, [Proof.TICKET])
    await memory.customers.link(who, page, [Proof.LOGIN])
    await memory.consents.say(who, "email", Purpose.MARKETING, False, "desk")
    await memory.consents.say(who, "phone", Purpose.REMINDER, True, "phone")
    matter = memory.matters.begin("hotline", 2, [number, page], "chat", language="ru", customer=who)
    answers = [
        Answered("order", "4711", now - 7_200_000, "chat", 1.0, "typed", "late_order"),
        Answered("day", "2027-01-16", now - 7_100_000, "chat", 1.0, "typed", "day"),
        Answered("window", "evening", now - 60_000, "phone", 0.52, "speech", "window"),
    ]
    facts = [{"name": "parcel", "value": "late", "origin": "lookup", "when_ms": now - 7_000_000}]
    ready = replace(matter, step="day", topic="parcel", state={"facts": facts})
    matter = await memory.matters.checkpoint(ready, answers)
    day = 86_400_000
    for touch in (
        Touch(page, VISIT, "shop", "v1", now - 6 * day, "Страница «Доставка и возврат»"),
        Touch(box, MAIL, "email", "m1@example.com", now - 2 * day, "Где посылка?\n\nОбещали во вторник, её нет. Заказ 4711.", False, matter.id, who),
        Touch(box, MAIL, "email", "m2@example.com", now - 2 * day + 60_000, "Мы получили ваше письмо.", True, matter.id, who),
        Touch(page, MESSAGE, "chat", "c1", now - 7_200_000, "мой заказ 4711 не пришёл", False, matter.id, who),
        Touch(page, MESSAGE, "chat", "c2", now - 7_190_000, "На какой день перенести доставку?", True, matter.id, who),
        Touch(number, CALL, "phone", "k1", now - 3 * day, "", False, "", who, {"outcome": "completed"}),
    ):  # fmt: skip
        await memory.touch(touch)
    return who, number, matter.id
