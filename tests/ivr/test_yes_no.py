"""Yes and no in their many forms, and what is neither; each drawn from how people answer a yes/no question on the phone."""

from __future__ import annotations

import pytest

from ivr.understand import normal
from ivr.understand.yes_no import yes_no

FORMS = {
    "en": {
        "yes": "yes|yeah|yep|yup|yeah sure|yes it is|that's right|correct|uh huh|mm-hmm|okay|ok|sure|of course|exactly|I think so|right|indeed|yes please|please do|go ahead|absolutely|you bet|sounds good|fine by me|yes ma'am|why yes|yeah yeah yeah|that is correct|do it|by all means|definitely|it does|it suits me|works for me",
        "no": "no|nope|nah|no thanks|no thank you|yeah no|not really|no way|I don't think so|not quite|that's wrong|wrong|incorrect|no it isn't|never|not at all|of course not|absolutely not|negative|no no|nope sorry|I'm afraid not|certainly not|hell no|no it's not|it doesn't|not that one|no not really|no I don't|that's not it|no wait|uh-uh|nothing else|no that's it",
        "-": "maybe|I don't know|not sure|perhaps|it depends|hmm|well|the blue one|tomorrow|I have to think about it|yes no|no yes|both|neither|what|let me see|could be|possibly",
    },
    "ru": {
        "yes": 'да|ага|угу|ну да|да конечно|конечно|верно|всё верно|правильно|именно|так точно|хорошо|ладно|давайте|подтверждаю|да-да|разумеется|само собой|ок|окей|да правильно|точно|да всё так|всё правильно|всё так|да хочу|согласна|идёт|подойдёт|угу да|ну да правильно|а то|конечно да|пойдёт|можно|да можно|естественно|ага верно|дааа|безусловно да',
        "no": 'нет|неа|не|да нет|нет спасибо|не надо|не нужно|неверно|неправильно|не так|ни в коем случае|нет конечно|конечно нет|пожалуй нет|вряд ли|не хочу|нет-нет|ничего|это всё|нет это неправильно|не то|ну нет|да нет же|нет не верно|не подходит|совсем не то|не угадали|нет нет нет|да не|ну уж нет|не совсем|ой нет|нет ошибка|нет вы не поняли',
        "-": 'не знаю|может быть|возможно|даже не знаю|затрудняюсь ответить|посмотрим|синий|завтра|надо подумать|и да и нет|что|хм|ну|наверное|как сказать|трудно сказать|смотря какой|не уверен',
    },
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("meant", ["yes", "no", "-"])
def test_yes_and_no_in_their_many_forms(language: str, meant: str) -> None:
    wrong = {}
    for said in FORMS[language][meant].split("|"):
        found = yes_no(normal(said, language), language)
        got = "-" if found is None else "yes" if found.yes else "no"
        if got != meant:
            wrong[said] = got
    assert not wrong


@pytest.mark.parametrize(
    ("language", "said", "meant"), [("en", "Nooooo!", "no"), ("en", "yesss", "yes"), ("ru", "дааа", "да"), ("en", "0000", "0000")]
)
def test_words_that_are_drawn_out(language: str, said: str, meant: str) -> None:
    assert normal(said, language) == meant
