"""A million customers with ten million touches, written as the scripts of ivr/memory write them, a pipeline at a time (RESP).

Nobody in here lives: numbers, addresses and words are made from a counter. The same count always makes the same store.
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

NOON_MS = 1_800_000_000_000
HOUR_MS = 3_600_000
CHUNK = 1 << 20
TOUCHES = (1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 12, 14, 18, 24, 38)  # as one customer has them: ten on the average, few have many
OPEN_EACH = 10  # every tenth has an open matter
SHARED_EACH = 50  # every fiftieth is also reached by an office's number, with up to four others
KINDS = (("message", "chat"), ("visit", "site"), ("call", "phone"), ("visit", "site"), ("mail", "mail"))
WORDS = (
    "Where is my order? It was promised for yesterday.",
    "Где мой заказ? Обещали привезти вчера, никто не позвонил.",
    "/orders",
    "Спасибо, всё понятно.",
    "I would like to change the delivery address to the office, please, and a call before the courier comes.",
    "/delivery/terms?from=mail",
)
NAMES = ("Анна Петрова", "Ivan Sokolov", "Мария Иванова", "John Smith", "Олег")
STATE = {
    "version": 1,
    "flow": "parcel",
    "flow_version": 3,
    "phase": "asking",
    "step": "day",
    "said": ["day.ask"],
    "asked": ["order", "day"],
}


def phone_of(number: int) -> str:
    return f"p+7{9_000_000_000 + number}"


def addresses(number: int) -> list[str]:
    """A phone always, a mail address for seven of ten, a chat for three of ten: two each on the average."""
    digit = number % 10
    mail = [f"ecustomer.{number}@example.com"] if digit < 7 else []
    return [phone_of(number), *mail, *([f"hvisitor-{number:x}"] if digit in (0, 5, 8) else [])]


def customer_of(number: int) -> str:
    return f"c{number:09x}"


def touches_of(number: int) -> int:
    return TOUCHES[number * 7 % len(TOUCHES)]


def command(*words: str | bytes) -> bytes:
    """One command (RESP 2, arrays of bulk strings)."""
    parts = [word if isinstance(word, bytes) else word.encode() for word in words]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


def seen(source: str, name: str) -> bytes:
    """That this touch is known: what touch.lua adds."""
    digest = hashlib.sha1(f"{source}\0{name}".encode(), usedforsecurity=False).hexdigest()
    return command("SADD", f"s{int(digest[:5], 16) % 262144}", str(int(digest[5:18], 16)))


def touches(number: int) -> Iterator[tuple[str, str, str, str]]:
    """(address, source, id, line) of each touch of a customer, in the order of time."""
    reached, count = addresses(number), touches_of(number)
    for index in range(count):
        kind, source = KINDS[(number + index) % len(KINDS)]
        at_ms = NOON_MS - (count - index) * 7 * HOUR_MS - number % 1000
        name, text = f"{number:x}-{index}", WORDS[(number + index) % len(WORDS)]
        yield reached[index % len(reached)], source, name, f'[{at_ms},"{kind}","{source}","{name}","{text}"]'


def matter(number: int) -> Iterator[bytes]:
    """The open matter of a customer."""
    name, born, dies = f"m{number:011x}", NOON_MS - HOUR_MS, NOON_MS + 7 * 24 * HOUR_MS
    who = addresses(number)[:2]
    head = {
        "flow": ["parcel", 3],
        "at": [born, born, dies],
        "who": who,
        "is": ["open", "chat", "ru", "day", "delivery", customer_of(number)],
    }
    state = json.dumps(STATE | {"note": "x" * 200}, separators=(",", ":"))
    yield command("HSET", f"m{name}", "v", "2", "n", "AAAAAAAA", "h", json.dumps(head, separators=(",", ":")), "s", state)
    yield command(
        "RPUSH",
        f"a{name}",
        f'[{born},"order","4711","chat",1.0,"typed","order"]',
        f'[{born},"name","Anna","chat",1.0,"typed","name"]',
    )
    yield command("ZADD", "x", str(dies), name)
    for address in who:
        yield command("ZADD", f"o{address}", str(dies), name)


def person(number: int) -> Iterator[bytes]:
    """All commands that make one customer."""
    name, born = customer_of(number), NOON_MS - 1000 * HOUR_MS
    reached = addresses(number)
    if number % SHARED_EACH < 5:
        reached = [*reached, f"p+7495{number // SHARED_EACH:07d}"]
    facts = ["b", str(born), "n", NAMES[number % len(NAMES)], "l", ("ru", "en")[number % 2]]
    yield command("HSET", f"c{name}", *facts, *(word for address in reached for word in (f"@{address}", "90")))
    yield command("RPUSH", f"u{name}", f'[{born},"made","dialogue",{{"identity":"{reached[0]}"}}]')
    for address in reached:
        yield command("HSET", f"i{address}", name, f"90 first {born}")
    lines: dict[str, list[str]] = {}
    for address, source, touch, line in touches(number):
        lines.setdefault(address, []).append(line)
        yield seen(source, touch)
    for address, entries in lines.items():
        yield command("RPUSH", f"t{address}", *entries)
    if number % OPEN_EACH == 0:
        yield from matter(number)


def fill(path: Path, customers: int) -> int:
    """Write so many customers into the empty Redis of this socket; gives the number of touches."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(path))
        line.sendall(command("CLIENT", "REPLY", "OFF") + command("SET", "hotline:schema", "1"))
        waiting, size = [], 0
        for number in range(customers):
            for each in person(number):
                waiting.append(each)
                size += len(each)
            if size > CHUNK:
                line.sendall(b"".join(waiting))
                waiting, size = [], 0
        line.sendall(b"".join(waiting) + command("CLIENT", "REPLY", "ON"))
        if line.recv(64) != b"+OK\r\n":
            raise RuntimeError("Redis did not take what was written")
    return sum(map(touches_of, range(customers)))
