from collections.abc import Sequence
from typing import Literal

from native.rules import Permission as Permission
from native.rules import Rule as Rule

REASONS: tuple[str, ...]

class Guard:
    """Sees every SIP message before the library acts on it. One of them can be installed at a time."""

    def __init__(self) -> None: ...
    def install(self) -> None: ...
    def remove(self) -> None: ...
    def rules(
        self,
        trunks: Sequence[Rule],
        *,
        max_calls: int,
        stranger: Literal["drop", "refuse"] = "drop",
        max_message_bytes: int = 8192,
        max_line_bytes: int = 4096,
        max_headers: int = 96,
        max_crypto: int = 16,
    ) -> None: ...
    def set_account(self, trunk: int, account: int) -> None: ...
    def trunk_of(self, address: str) -> int | None: ...
    def drain(self, on: bool) -> None: ...
    @property
    def draining(self) -> bool: ...
    def counters(self) -> dict[str, int]: ...
