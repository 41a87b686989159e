"""What callers say in the tests of the ears: a menu, sentences that are not in it, free sentences, digits."""

from __future__ import annotations

MENU = {
    "en": (
        "check my balance", "pay my bill", "report a lost card", "technical support", "talk to an operator", "repeat that please",
        "yes", "no", "delivery status", "cancel my order", "change my address", "opening hours", "make a complaint",
        "book an appointment", "track my parcel",
    ),
    "ru": (
        "узнать баланс", "оплатить счёт", "заблокировать карту", "техническая поддержка", "соедините с оператором",
        "повторите пожалуйста", "да", "нет", "статус доставки", "отменить заказ", "изменить адрес", "часы работы",
        "подать жалобу", "записаться на приём", "где моя посылка",
    ),
    "ko": ("네", "아니요", "환불", "상담원", "배송 조회", "주문 취소"),
}  # fmt: skip
OUTSIDE = {
    "en": (
        "the weather is lovely today", "my dog ate the homework", "we are going to the seaside", "what a beautiful song",
        "the train leaves from platform nine", "he plays the violin", "blue cheese and tomatoes",
        "mountains are covered with snow", "could you hold on a minute", "it was a long winter",
    ),
    "ru": (
        "сегодня хорошая погода", "моя собака съела тетрадь", "мы едем на море", "какая красивая песня",
        "поезд уходит с девятого пути", "он играет на скрипке", "сыр и помидоры", "горы покрыты снегом",
        "подождите одну минуту", "зима была долгой",
    ),
}  # fmt: skip
FREE = {
    "en": (
        "the box was open when the courier came and one of the glasses is broken",
        "i was charged twice for the same order last week",
    ),
    "ru": ("с меня списали деньги дважды", "интернет пропадает каждый вечер"),
}
DIGITS = {
    "en": ("four seven one one", "nine zero five two eight six", "one two three four five six seven eight"),
    "ru": ("четыре семь один один", "девять ноль пять два восемь шесть", "один два три четыре пять шесть семь восемь"),
}
VOICES = {"en": ("slt", "rms", "awb"), "ru": (None,), "ko": (None,)}
