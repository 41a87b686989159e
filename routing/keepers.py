"""Everybody who keeps more of a customer than the memory does: asked for a copy, told to forget (ivr.memory.privacy.Keeper).

Whoever keeps something new is named here, and nowhere else: then `hotline privacy`, the desk and the sweep know of it in every process.
"""

from __future__ import annotations

from pathlib import Path

from ivr.channels.chat.lines import lines_box
from ivr.channels.chat.shelf import RedisShelf
from ivr.channels.email.review import MailKeeper, Review
from ivr.channels.outbox import Outbox
from ivr.channels.webhooks import Webhooks
from ivr.memory.memory import Memory
from ivr.memory.privacy import Keeper
from ivr.memory.rounds import Aging
from ivr.memory.sounds import Sounds
from routing.desk import drafts, mails
from routing.desk.letters import Letters
from routing.floor.keeper import FloorKeeper
from routing.floor.store import DAY_MS
from routing.places import vault_of
from routing.settings import Settings
from routing.switchboard.recordings import Recordings


def keepers(memory: Memory, settings: Settings) -> dict[str, Keeper]:
    """By name, as an export and an erasure report them. For `Memory.privacy.keepers`."""
    return {
        "chats": RedisShelf(memory.store),
        "floor": FloorKeeper(memory.store, (drafts.KEY, mails.REPLY)),
        "letters": Letters(memory.store),
        "mail": MailKeeper(memory.store, mail_box(memory), review(settings)),
        "sound": sounds(memory, settings),
        "recordings": recordings(memory, settings),
        "call backs": memory.callbacks,
        "lines for chats": lines_box(memory.store, memory.now_ms),
        **webhook_boxes(memory, settings),
    }


def aging(memory: Memory, settings: Settings) -> dict[str, tuple[Aging, str]]:
    """What grows old beside the memory, and the name in [retention] that says when it goes. Chats go by themselves (shelf.py)."""
    boxes = {f"undelivered of {name}": (box, "undelivered") for name, box in webhook_boxes(memory, settings).items()}
    return {
        "mails for review": (review(settings), "review"),
        "undelivered mails": (mail_box(memory), "undelivered"),
        "call backs": (memory.callbacks, "call_backs"),
        "lines for chats": (lines_box(memory.store, memory.now_ms), "undelivered"),
        **boxes,
    }


def sounds(memory: Memory, settings: Settings) -> Sounds:
    """Messages and recordings. They lie on the machine of the call, so each phone node looks after its own (`Sounds.rounds`)."""
    return Sounds(memory.store, vault_of(settings), memory.now_ms, settings.retention.ms("sound"))


def recordings(memory: Memory, settings: Settings) -> Recordings:
    """Talks with people, both sides; the desk reads them, the phone node writes and sweeps them."""
    kept_ms = settings.routing.record_days * DAY_MS
    return Recordings(
        memory.store, vault_of(settings), sounds(memory, settings), memory.now_ms, kept_ms, settings.routing.written
    )


def mail_box(memory: Memory) -> Outbox:
    """Mails on their way out."""
    return Outbox(memory.store, "mail", memory.now_ms)


def review(settings: Settings) -> Review:
    """Mails that a person has to look at."""
    return Review(Path(settings.mail.review).expanduser())


def webhook_boxes(memory: Memory, settings: Settings) -> dict[str, Outbox]:
    """The queue of each webhook."""
    hooks = Webhooks(memory.store, settings.webhooks.targets, memory.now_ms)
    return {f"webhooks_{target.name}": hooks.box(target) for target in settings.webhooks.targets}
