"""What the people of the demo say and write, by language: the caller, and the two operators who have him one after the other."""

from __future__ import annotations

from dataclasses import dataclass

from routing.caller import Act

ANNA, BORIS = "anna", "boris"


@dataclass(frozen=True, slots=True)
class Cast:
    """operator: with which words he asks for one. hello, moment, ask: Anna's; yes, welcome: Boris's. codes: of DeskSettings."""

    names: tuple[str, str]
    operator: str
    hello: str
    wish: str
    moment: str
    ask: str
    yes: str
    welcome: str
    thanks: str
    notes: tuple[str, str]
    codes: tuple[str, str] = ("passed_on", "refund")

    @property
    def lines(self) -> dict[str, tuple[str, ...]]:
        """Who has to say what, of the operators."""
        return {ANNA: (self.hello, self.moment, self.ask), BORIS: (self.yes, self.welcome)}

    @property
    def acts(self) -> list[Act]:
        """The caller's, from the end of his matter on: he asks for a person, then speaks when he is to."""
        return [
            Act("operator", say=self.operator),
            Act("wish", say=self.wish, wait="cue"),
            Act("thanks", say=self.thanks, wait="cue"),
            Act("hangs up", hang_up=True, wait="cue"),
        ]


CASTS = {
    "en": Cast(
        ("Anna Orlova", "Boris Lebedev"),
        "An operator, please.",
        "Hello, this is Anna. I see order four seven one one, and it comes tomorrow in the evening. What else can I do for you?",
        "The box of my last parcel was broken. Who pays for that?",
        "I am sorry about that. Boris looks after refunds, I will ask him. One moment, please.",
        "Boris, a broken box, from before order four seven one one. Will you take the call?",
        "Yes, put it through.",
        "Hello, this is Boris. I see everything here. You get your money back within five days.",
        "Thank you very much. Goodbye.",
        ("The box of an earlier parcel was broken. Boris takes it.", "Money back for the broken box."),
    ),
    "ru": Cast(
        ("Анна Орлова", "Борис Лебедев"),
        "Оператора, пожалуйста.",
        "Здравствуйте, это Анна. Вижу заказ сорок семь одиннадцать, его привезут завтра вечером. Чем ещё помочь?",
        "Прошлая посылка пришла разбитая. Кто вернёт деньги?",
        "Мне очень жаль. Возвратами занимается Борис, я спрошу его. Одну минуту, пожалуйста.",
        "Борис, разбитая коробка, до заказа сорок семь одиннадцать. Возьмёшь звонок?",
        "Да, соединяй.",
        "Здравствуйте, это Борис. Я всё вижу. Деньги вернутся в течение пяти дней.",
        "Большое спасибо. До свидания.",
        ("Коробка прошлой посылки пришла разбитой. Передаю Борису.", "Возвращаем деньги за разбитую коробку."),
    ),
}
