"""A real Redis with the memory in it, and the clock of the tests (tests/ivr/memory/conftest.py)."""

from tests.ivr.memory.conftest import memory, now, server, store

__all__ = ["memory", "now", "server", "store"]
