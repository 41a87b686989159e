"""The clock of the sound in a real process: the one thread that reads packets and lets the bridge go round."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers.station import Station


def threads(pid: int) -> list[str]:
    """The names of a process's threads."""
    return [comm.read_text().strip() for comm in Path(f"/proc/{pid}/task").glob("*/comm")]


@pytest.mark.real
def test_one_thread_reads_and_ticks_and_both_sides_hear() -> None:
    with Station() as house, Station() as caller:
        number = caller.dial(house.uri("answer"))
        here = house.event("Answered")["call"]
        names = threads(house.child.pid)
        assert names.count("clock") == 1
        assert "media" not in names  # the library's own reader, which every packet would wake
        house.ask("play", call=here, hz=700, seconds=20)
        caller.ask("play", call=number, hz=1100, seconds=20)
        assert caller.hears(number, 700)
        assert house.hears(here, 1100)
        caller.ask("hang_up", call=number)
        house.event("HungUp", call=here)
