"""What the writer himself said: quotes, signatures and HTML of the programs that people write mail with, in both languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.channels.email.body import from_html, said

SAID = {
    "plain": ("Where is my order 4711?", "Where is my order 4711?"),
    "marked quote": (
        "Friday is fine.\n\nOn Mon, Nov 23, 2026 at 9:00 AM Hotline <help@h.example> wrote:\n> When?\n",
        "Friday is fine.",
    ),
    "wrapped attribution": (
        "Friday.\n\nOn Monday, November 23, 2026 at 9:00:15 AM GMT+3, A Very Long Name\n<a.very.long.name@h.example> wrote:\n\n> When?",
        "Friday.",
    ),
    "between the lines": ("> When?\nOn Friday.\n> Where?\nAt home.", "On Friday.\nAt home."),
    "an answer that begins like a date": (
        "On Friday\nOn Wed, 25 Nov 2026, 22:55 Hotline, <help@h.example> wrote:\n> When?\n",
        "On Friday",
    ),
    "an answer that begins like a date, russian": (
        'В пятницу\n25.11.2026, 22:55, "Линия" <help@h.example>:\n> Когда?\n',
        "В пятницу",
    ),
    "yandex on a phone": (
        'В пятницу\n\n----------------\nКому: Анна (anna@shop.example);\nТема: Заказ;\n25.11.2026, 22:55, "Линия" <help@h.example>:\nКогда?',
        "В пятницу",
    ),
    "proton": (
        "On Friday\n\nSent with Proton Mail secure email.\n\nOn Wednesday, November 25th, 2026 at 10:55 PM, H <help@h.example> wrote:\n\n> When?",
        "On Friday",
    ),
    "outlook": ("Friday.\n\nFrom: Hotline <help@h.example>\nSent: Monday\nTo: Me\nSubject: Order\n\nWhen?", "Friday."),
    "outlook line": ("Friday.\n\n________________________________\nFrom: x\nWhen?", "Friday."),
    "original message": ("Friday.\n\n-----Original Message-----\nFrom: Hotline\nWhen?", "Friday."),
    "gmail russian": ("В пятницу.\n\nпн, 23 нояб. 2026 г. в 09:00, Горячая линия <help@h.example>:\n> Когда?", "В пятницу."),
    "yandex": ('В пятницу.\n\n23.11.2026, 09:00, "Горячая линия" <help@h.example>:\n> Когда?', "В пятницу."),
    "mail.ru": ("В пятницу.\n\nПонедельник, 23 ноября 2026, 9:00 +03:00 от Линия <help@h.example>:\n\n>Когда?", "В пятницу."),
    "the bat": ("В пятницу.\n\n23 ноября 2026 г., 9:00, Линия <help@h.example> пишет:\n> Когда?", "В пятницу."),
    "outlook russian": (
        "В пятницу.\n\nОт: Линия <help@h.example>\nОтправлено: понедельник\nКому: Я\nТема: Заказ\n\nКогда?",
        "В пятницу.",
    ),
    "original russian": ("В пятницу.\n\n-------- Исходное сообщение --------\nОт: Линия\nКогда?", "В пятницу."),
    "signature": ("Order 4711\n-- \nJohn, +1 555 0100", "Order 4711"),
    "signature trimmed": ("Order 4711\n--\nJohn", "Order 4711"),
    "phone": ("Order 4711\n\nSent from my iPhone", "Order 4711"),
    "phone russian": ("Заказ 4711\n\nОтправлено с iPhone", "Заказ 4711"),
    "mail.ru app": ("Заказ 4711\n\nОтправлено из мобильной Почты Mail", "Заказ 4711"),
    "closing": ("Order 4711, please.\n\nBest regards,\nJohn Smith\n+1 555 0100", "Order 4711, please."),
    "closing russian": ("Заказ 4711.\n\nС уважением,\nАнна\n8 495 123-45-67", "Заказ 4711."),
    "closing short": ("Заказ 4711.\nС ув., Анна", "Заказ 4711."),
    "regards is no closing": ("With regards to your letter I must say that the order is late, and I want it now.", None),
    "from is no header": ("From: Moscow, to Kazan, please.", None),
    "all quoted": ("> forwarded words", "forwarded words"),
    "only a signature": ("-- \nJohn", "--\nJohn"),
    "control characters": ("Order\x00 47\x1b11\x07", "Order 4711"),
    "carriage returns": ("one\r\ntwo\rthree", "one\ntwo\nthree"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("case", SAID)
def test_what_the_writer_said(case: str) -> None:
    text, expected = SAID[case]
    assert said(text)[0] == (text if expected is None else expected)


def test_it_is_known_whether_something_was_stripped() -> None:
    assert said("Friday.\n\n> When?")[1]
    assert not said("Friday.\n\nOr Monday.")[1]


HTML = {
    "paragraphs": ("<p>Order&nbsp;4711</p><p>is <b>late</b></p>", "Order 4711\nis late"),
    "breaks": ("one<br>two<br/>three", "one\ntwo\nthree"),
    "script": ("<script>alert(1)</script><style>p{}</style>hi<template>no</template>", "hi"),
    "hidden": ('<div style="display:none">4712</div><span hidden>4713</span><p style="FONT-SIZE: 0px">4714</p>4711', "4711"),
    "tiny is not hidden": ('<p style="font-size:0.8em">4711</p>', "4711"),
    "quote": ("Friday<blockquote>When?<br>Where?</blockquote>", "Friday\n> When?\n> Where?"),
    "gmail quote": (
        'Friday<div class="gmail_quote"><div>On Mon, H wrote:</div>When?</div>after',
        "Friday\n> On Mon, H wrote:\n> When?\nafter",
    ),
    "links are words": ('<a href="https://evil.example/x">the shop</a>', "the shop"),
    "images are nothing": ('<img src="https://evil.example/pixel.png" alt="x">hi', "hi"),
    "unclosed": ("<div><b>hi", "hi"),
    "closed twice": ("</div></p>hi</b></blockquote>", "hi"),
    "svg": ("<svg onload=alert(1)><text>no</text></svg>yes", "yes"),
    "table": ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "ab\nc"),
    "comment": ("a<!-- <p>no</p> -->b", "ab"),
}


@pytest.mark.parametrize("case", HTML)
def test_html_is_what_it_shows(case: str) -> None:
    markup, expected = HTML[case]
    assert from_html(markup) == expected


def test_a_reply_written_in_html_loses_its_quote() -> None:
    assert (
        said(from_html("<div>Friday</div><br><div>On Mon, Nov 23, 2026 Hotline wrote:</div><blockquote>When?</blockquote>"))[0]
        == "Friday"
    )


@given(st.text(max_size=400))
def test_any_text_gives_printable_text(text: str) -> None:
    kept, _ = said(text)
    assert all(sign.isprintable() or sign in "\n\t" for sign in kept)


@given(st.text(alphabet="<>/abdivpquoteblock!-= \"'&;#x0", max_size=300))
def test_any_markup_is_read(markup: str) -> None:
    assert isinstance(from_html(markup), str)
