"""What the desk's page loads of others' making, as a wheel takes it along."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

import routing.desk
from routing.desk.files import libraries, missing
from routing.desk.libraries import LIBRARIES


def test_a_build_reads_their_names_without_the_house() -> None:
    """setup.py runs that file where nothing of ours, nor aiohttp, can be imported."""
    source = Path(routing.desk.__file__).with_name("libraries.py")
    assert runpy.run_path(str(source))["LIBRARIES"] == LIBRARIES
    lines = source.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith(("import", "from"))] == ["from __future__ import annotations"]


@pytest.mark.skipif(bool(missing()), reason="the desk's libraries are not here (make setup)")
def test_each_has_its_licence_beside_it() -> None:
    assert all((libraries() / name.split("/")[0] / "LICENSE").is_file() for name in LIBRARIES)
