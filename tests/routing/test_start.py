"""What the command says in a Python that has no SIP library, and that it otherwise is the command."""

from __future__ import annotations

import sys

import pytest

from routing.start import main, of_the_sip_library


@pytest.mark.parametrize(
    ("error", "its"),
    [
        (ModuleNotFoundError("No module named 'pjsua2'", name="pjsua2"), True),
        (ModuleNotFoundError("No module named '_pjsua2'", name="_pjsua2"), True),
        (ImportError("libpjsua2.so.2: cannot open shared object file: No such file or directory"), True),
        (ModuleNotFoundError("No module named 'redis'", name="redis"), False),
        (ImportError("cannot import name 'Board'"), False),
    ],
)
def test_an_error_of_the_sip_library_is_known(error: ImportError, its: bool) -> None:
    assert of_the_sip_library(error) is its


def test_a_missing_sip_library_is_told_in_words(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "routing.cli", None)  # whatever is loaded already, it cannot be loaded now
    monkeypatch.setattr("routing.start.of_the_sip_library", lambda error: error.name == "routing.cli")
    with pytest.raises(SystemExit) as end:
        main()
    said = capsys.readouterr().err
    assert end.value.code == 1
    assert said.startswith("hotline: the SIP library (pjsua2) cannot be loaded")
    assert "hotline_pjproject.pth" in said
    assert "site-packages" in said
