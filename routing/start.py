"""The command `hotline`: where the SIP library is missing that is told in a sentence, before anything is loaded that needs it."""

from __future__ import annotations

import sys

REMEDY = """No package index has it. `make setup` in the sources builds it once for a machine and tells its own environment of it
by a file hotline_pjproject.pth in site-packages. Copy that file into this environment's site-packages:
    cp SOURCES/.venv/lib/python3.*/site-packages/hotline_pjproject.pth {packages}/"""


def main() -> None:
    try:
        from routing.cli import main as command
    except ImportError as error:
        if not of_the_sip_library(error):
            raise
        import sysconfig

        print(f"hotline: the SIP library (pjsua2) cannot be loaded: {error}", file=sys.stderr)
        print(REMEDY.format(packages=sysconfig.get_path("purelib")), file=sys.stderr)
        sys.exit(1)
    command()


def of_the_sip_library(error: ImportError) -> bool:
    """Whether its Python module is not there, or one of its libraries (libpj.so.2, libpjsua2.so.2, ...)."""
    return error.name in ("pjsua2", "_pjsua2") or str(error).startswith("libpj")
