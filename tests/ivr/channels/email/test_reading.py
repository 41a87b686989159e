"""A mail as bytes -> Letter: addresses that play tricks, charsets, threads, who wrote it; anything at all gives a letter or Unreadable."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.channels.email.letter import Letter, Origin, Refusal, Unreadable
from ivr.channels.email.reading import read

DOMAIN = "hotline.h.example"


def letter(head: str, body: str | bytes = "hi", envelope: str | None = None, authority: str = "") -> Letter:
    raw = head.replace("\n", "\r\n").encode("utf-8") + b"\r\n\r\n" + (body if isinstance(body, bytes) else body.encode())
    return read(raw, envelope, DOMAIN, authority)


def test_a_usual_mail() -> None:
    got = letter(
        "From: =?utf-8?b?0JDQvdC90LA=?= <anna@shop.example>\nTo: Help <help@h.example>, b@h.example\nSubject: =?utf-8?q?=D0=97=D0=B0=D0=BA=D0=B0=D0=B7?= 4711\n"
        "Message-ID: <q1@shop.example>\nIn-Reply-To: <p@h.example>\nReferences: <o@h.example>\n <p@h.example>\n"
        "Date: Mon, 23 Nov 2026 10:00:00 +0300\nContent-Type: text/plain; charset=utf-8",
        "Где мой заказ?",
    )
    assert (got.sender, got.sender_name, got.subject, got.text) == ("anna@shop.example", "Анна", "Заказ 4711", "Где мой заказ?")
    assert got.message_id == "q1@shop.example"
    assert got.references == ("o@h.example", "p@h.example")
    assert got.recipients == ("help@h.example", "b@h.example")
    assert got.date_ms == 1_795_417_200_000
    assert got.origin is Origin.PERSON
    assert Letter.from_dict(got.to_dict()) == got


@pytest.mark.parametrize(
    "field",
    [
        "From: a@b.example, c@d.example",
        "From: a@b.example\nFrom: c@d.example",
        "From: undisclosed-recipients:;",
        "From: a@b@c.example",
        "From: <>",
        "From: a",
        "From: a@localhost",
        'From: "a@good.example" <b\r\n c@evil.example>',
        "From: a@-bad-.example",
        "From: " + "(" * 1500,
        "From: " + "x" * 3000 + "@b.example",
        "From: =?utf-8?q?c=40d=2Eexample=00=0D=0ATo=3A_x?= <a@b.example>",
        "Subject: nobody",
    ],
)
def test_a_sender_that_is_none(field: str) -> None:
    assert letter(field).sender == ""


@pytest.mark.parametrize(
    ("field", "sender", "name"),
    [
        ("From: a@b.example", "a@b.example", ""),
        ('From: "c@d.example" <a@b.example>', "a@b.example", "c@d.example"),
        ("From: A\n B <a@b.example>", "a@b.example", "A B"),
        ("From: a+tag@b.example (c@d.example)", "a+tag@b.example", ""),
        ("From: Иван <a@b.example>", "a@b.example", "Иван"),
    ],
)
def test_a_sender_and_his_name(field: str, sender: str, name: str) -> None:
    got = letter(field)
    assert got.sender == sender
    assert got.sender_name.startswith(name) or got.sender_name == name
    assert got.sender_name.isprintable()


@pytest.mark.parametrize(
    "charset", ["utf-8", "windows-1251", "koi8-r", "iso-8859-5", "cp866", "UTF-16", "x-mac-cyrillic", '"koi8-r"']
)
def test_charsets_that_mail_is_written_in(charset: str) -> None:
    codec = {"x-mac-cyrillic": "mac-cyrillic"}.get(charset, charset.strip('"'))
    body = "Где заказ".encode(codec)
    got = letter(f"From: a@b.example\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: 8bit", body)
    assert got.text == ("Где заказ" if codec != "mac-cyrillic" else got.text)
    assert got.text


@pytest.mark.parametrize(
    "charset",
    [
        "punycode",
        "idna",
        "unicode_escape",
        "raw_unicode_escape",
        "rot13",
        "zip",
        "bz2",
        "hex",
        "undefined",
        "no-such",
        "x" * 500,
        "\x00",
        "utf-8; charset=zip",
    ],
)
def test_charset_tricks(charset: str) -> None:
    assert letter(f"From: a@b.example\nContent-Type: text/plain; charset={charset}", "order 4711").text == "order 4711"


def test_wrong_charsets_are_read_as_what_they_are() -> None:
    head = "From: a@b.example\nContent-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 8bit"
    assert letter(head, "Заказ").text == "Заказ"
    assert letter(head, "Заказ".encode("cp1251")).text == "Заказ"


def test_text_is_preferred_to_html_and_attachments_are_named_only() -> None:
    got = letter(
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=m",
        "--m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain\r\n\r\nplain\r\n--a\r\n"
        "Content-Type: text/html\r\n\r\n<b>html</b>\r\n--a--\r\n--m\r\nContent-Type: text/html; name=x.html\r\n"
        'Content-Disposition: attachment; filename="../../etc/passwd"\r\n\r\n<script>\r\n--m\r\nContent-Type: image/png\r\n'
        'Content-Disposition: attachment; filename="=?utf-8?q?=E2=80=AEgnp.exe?="\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--m--\r\n',
    )
    assert got.text == "plain"
    assert [(file.name, file.kind, file.size) for file in got.files] == [("passwd", "text/html", 8), ("gnp.exe", "image/png", 3)]


def test_html_alone_is_read_as_text() -> None:
    assert letter("From: a@b.example\nContent-Type: text/html", "<p>one<p>two<script>x</script>").text == "one\ntwo"


def test_a_forwarded_mail_inside_is_not_what_he_says() -> None:
    got = letter(
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=m",
        "--m\r\n\r\nsee below\r\n--m\r\nContent-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\n\r\nnot mine\r\n--m--",
    )
    assert got.text == "see below"


def test_flowed_text_is_joined() -> None:
    assert (
        letter("From: a@b.example\nContent-Type: text/plain; format=flowed", "my order \r\n4711\r\nis late").text
        == "my order 4711\nis late"
    )


@pytest.mark.parametrize("body", [b"", b"\x00" * 100, b"--m--", b"\xff\xfe"])
def test_no_text_at_all(body: bytes) -> None:
    got = letter("From: a@b.example\nContent-Type: multipart/mixed; boundary=m", body)
    assert got.sender == "a@b.example"


def test_a_mail_without_an_id_gets_the_same_one_again() -> None:
    first, second, other = letter("From: a@b.example"), letter("From: a@b.example"), letter("From: c@b.example")
    assert first.message_id == second.message_id != other.message_id
    assert letter("From: a@b.example\nMessage-ID: no brackets").message_id.endswith("@made.invalid")


WHO = [
    ("From: a@b.example", None, Origin.PERSON),
    ("From: a@b.example\nAuto-Submitted: no", None, Origin.PERSON),
    ("From: a@b.example\nAuto-Submitted: auto-replied", None, Origin.AUTOMATIC),
    ("From: a@b.example\nAuto-Submitted: auto-generated; type=x", None, Origin.AUTOMATIC),
    ("From: a@b.example\nAuto-Submitted: (a comment) auto-notified", None, Origin.AUTOMATIC),
    ("From: a@b.example\nAuto-Submitted: no\nAuto-Submitted: auto-replied", None, Origin.AUTOMATIC),
    ("From: a@b.example\nPrecedence: bulk", None, Origin.LIST),
    ("From: a@b.example\nPrecedence: List", None, Origin.LIST),
    ("From: a@b.example\nPrecedence: auto_reply", None, Origin.AUTOMATIC),
    ("From: a@b.example\nList-Unsubscribe: <https://x.example>", None, Origin.LIST),
    ("From: a@b.example\nList-Id: <x.example>", None, Origin.LIST),
    ("From: a@b.example\nX-Autoreply: yes", None, Origin.AUTOMATIC),
    ("From: a@b.example\nSubject: Out of office: Re: order", None, Origin.AUTOMATIC),
    ("From: a@b.example\nSubject: Автоматический ответ: заказ", None, Origin.AUTOMATIC),
    ("From: noreply@b.example", None, Origin.AUTOMATIC),
    ("From: shop-request@b.example", None, Origin.AUTOMATIC),
    ("From: owner-list@b.example", None, Origin.AUTOMATIC),
    ("From: MAILER-DAEMON@b.example", None, Origin.BOUNCE),
    ("From: a@b.example", "", Origin.BOUNCE),
    ("From: a@b.example\nAuto-Submitted: auto-replied", "", Origin.AUTOMATIC),
    ("From: a@b.example\nReturn-Path: <>", None, Origin.BOUNCE),
    ("From: a@b.example\nReturn-Path: <>", "a@b.example", Origin.PERSON),
    ("From: a@b.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=x", None, Origin.BOUNCE),
    (f"From: a@b.example\nMessage-ID: <ack-1@{DOMAIN}>", None, Origin.OURSELVES),
    (f"From: a@b.example\nMessage-ID: <ACK-1@{DOMAIN.upper()}>", None, Origin.OURSELVES),
    ("From: a@b.example\nX-Hotline-Loop: 1", None, Origin.OURSELVES),
    (f"From: a@b.example\nIn-Reply-To: <ack-1@{DOMAIN}>", None, Origin.PERSON),
]


@pytest.mark.parametrize(("head", "envelope", "expected"), WHO)
def test_who_wrote_it(head: str, envelope: str | None, expected: Origin) -> None:
    assert letter(head, envelope=envelope).origin is expected


def test_only_the_topmost_word_of_the_trusted_server_verifies() -> None:
    good = "Authentication-Results: mx.h.example; spf=pass; dmarc=pass (p=none) header.from=b.example"
    head = "From: a@b.example"
    assert letter(f"{good}\n{head}", authority="mx.h.example").verified
    assert not letter(f"{good}\n{head}").verified
    assert not letter(f"{good}\n{head}", authority="mx.other.example").verified
    assert not letter(f"Authentication-Results: mx.h.example; dmarc=fail\n{good}\n{head}", authority="mx.h.example").verified
    assert not letter(f"Authentication-Results: mx.h.example; spf=pass (dmarc=pass)\n{head}", authority="mx.h.example").verified
    assert not letter(
        f"Authentication-Results: evil.example; x=mx.h.example; dmarc=pass\n{head}", authority="mx.h.example"
    ).verified


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (b"A: b\r\n" * 201 + b"\r\nx", Refusal.HEADERS),
        (b"A: " + b"b" * 70_000 + b"\r\n\r\nx", Refusal.HEADERS),
        (b"Content-Type: message/rfc822\r\n\r\n" * 11 + b"\r\nx", Refusal.DEPTH),
        (b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * 101, Refusal.PARTS),
    ],
)
def test_bombs_are_refused(raw: bytes, refusal: Refusal) -> None:
    with pytest.raises(Unreadable) as error:
        read(raw, None, DOMAIN)
    assert error.value.refusal is refusal


def test_what_is_just_within_the_limits_is_read() -> None:
    assert read(b"From: a@b.example\r\n" + b"A: b\r\n" * 199 + b"\r\nx", None, DOMAIN).text == "x"
    parts = b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * 98 + b"--x--"
    assert read(parts, None, DOMAIN).text.count("a") == 98


PIECES = [
    b"From: a@b.example\r\n", b"Content-Type: multipart/mixed; boundary=x\r\n", b"--x\r\n", b"--x--\r\n", b"\r\n", b"\n", b"\r", b"\x00", b"\xff",
    b"Content-Type: message/rfc822\r\n", b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: uuencode\r\n", b"=?utf-8?q?=FF?=",
    b"Content-Type: text/plain; charset*0=utf; charset*1=-8\r\n", b"Subject: =?utf-8?b?====?=\r\n", b"Message-ID: <a b>\r\n", b"References: <<<>>>\r\n",
    b"Content-Disposition: attachment; filename*=utf-8''%FF%00\r\n", b"Date: Mon, 99 Foo 99999 99:99:99 +9999\r\n", b" folded\r\n", b"begin 644 x\r\n",
    b"Content-Type: text/html\r\n", b"<p", b"&#xFFFFFFF;", b"hello", b"> quoted\r\n", b"-- \r\n", b"Content-Type: \r\n", b": no name\r\n",
]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=20), max_size=40))
def test_anything_is_a_letter_or_unreadable(pieces: list[bytes]) -> None:
    try:
        got = read(b"".join(pieces), None, DOMAIN)
    except Unreadable:
        return
    assert got.message_id
    assert got.subject.isprintable()
    assert Letter.from_dict(got.to_dict()) == got
