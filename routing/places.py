"""Where the house keeps what outlives the program, on this machine."""

from __future__ import annotations

from pathlib import Path

from ivr.memory.server import state_folder
from routing.settings import Settings
from voice.vault import Vault


def state_of(settings: Settings) -> Path:
    """The journal, the private Redis, the sound."""
    return Path(settings.state).expanduser() if settings.state else state_folder()


def vault_of(settings: Settings) -> Vault:
    """The sound: in one place for all processes of a machine."""
    return Vault(state_of(settings) / "sound")
