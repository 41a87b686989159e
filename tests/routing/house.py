"""A desk role in this process: a real web server on a free port, a real Redis of its own, the flow that comes along."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import ivr
from ivr.flow import Flow, load
from ivr.memory.memory import remembering
from routing.web import Web
from routing.web_settings import WebSettings

PHONE = "+7 495 123-45-67"


@cache
def flow() -> Flow:
    return load(Path(ivr.__file__).parent / "flows" / "hotline.yaml")


@asynccontextmanager
async def desk(redis: str, port: int = 0, **settings: Any) -> AsyncIterator[Web]:
    """The server, with the memory at `redis`."""
    with tempfile.TemporaryDirectory(prefix="desk-") as folder:
        async with remembering(redis, Path(folder), op_ms=2000) as memory:
            async with Web(WebSettings(port=port, phone=PHONE, **settings), memory, flow()) as web:
                yield web
