"""Everybody who keeps more of a customer than the memory does: asked for a copy, told to forget (ivr.memory.privacy.Keeper).

Whoever keeps something new is named here, and nowhere else: then `hotline privacy`, the desk and the sweep know of it in every process.
"""

from __future__ import annotations

from pathlib import Path

from ivr.channels.chat.shelf import RedisShelf
from ivr.channels.email.review import MailKeeper, Review
from ivr.channels.outbox import Outbox
from ivr.channels.webhooks import Webhooks
from ivr.memory.memory import Memory
from ivr.memory.privacy import Keeper
from routing.settings import Settings


def keepers(memory: Memory, settings: Settings) -> dict[str, Keeper]:
    """By name, as an export and an erasure report them. For `Memory.privacy.keepers`."""
    store, now_ms = memory.store, memory.now_ms
    hooks = Webhooks(store, settings.webhooks.targets, now_ms)
    review = Review(Path(settings.mail.review).expanduser())
    return {
        "chats": RedisShelf(store),
        "mail": MailKeeper(store, Outbox(store, "mail", now_ms), review),
        **{f"webhooks_{target.name}": hooks.box(target) for target in settings.webhooks.targets},
    }
