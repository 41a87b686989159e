"""The house keeps its own rules: who may import whom, where an outside world is touched, who reads a clock, how long a file is."""

from __future__ import annotations

import ast
import functools
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("native", "voice", "ivr", "routing")  # a room imports only rooms to its left
SKIPPED = {".git", ".venv", "build", "dist", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
CODE = {".py", ".pyx", ".pxd", ".pyi", ".sh"}
LONGEST = 400

# An outside world is touched in one place. The SIP library's is a folder, whose files all run on the SIP thread.
PLACES = {"pjsua2": ("voice/sip/",), "aiohttp": ("ivr/channels/", "routing/desk/", "routing/web.py")}
ENGINES = ("vosk", "faster_whisper", "ctranslate2", "pocketsphinx", "piper", "webrtcvad")

# Halves, so that this file does not name what no file may name.
HOSTS = ["".join(halves) for halves in (("pypi.", "org"), ("pythonhosted.", "org"), ("deb.debian.", "org"), ("npmjs.", "org"))]
CLOCKS = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
}


@dataclass(frozen=True, slots=True)
class Import:
    """One imported name: `from voice.call import Call` is module "voice.call", name "Call"; a plain import has no name."""

    path: str
    line: int
    module: str
    name: str = ""

    @property
    def world(self) -> str:
        return self.module.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.module} {self.name}".rstrip()


@functools.cache
def checkout() -> list[Path]:
    """Every file of the checkout, without what was built or installed."""
    found = []
    for folder, below, names in os.walk(ROOT):
        below[:] = [name for name in below if name not in SKIPPED and not name.endswith(".egg-info")]
        found += [Path(folder, name) for name in names if not name.endswith(".so")]
    return sorted(found)


def files(*suffixes: str, below: str = "") -> list[Path]:
    """Files by suffix (all if none is named), of one folder or of the whole checkout."""
    return [path for path in checkout() if path.is_relative_to(ROOT / below) and (not suffixes or path.suffix in suffixes)]


def python_imports(path: str, text: str) -> Iterator[Import]:
    """Every import of a Python file, wherever it stands."""
    for node in ast.walk(ast.parse(text, path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(path, node.lineno, alias.name)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                yield Import(path, node.lineno, module, alias.name)


def cython_imports(path: str, text: str) -> Iterator[Import]:
    """Every import and cimport of a Cython file; names in brackets over several lines included."""
    for found in re.finditer(r"^[ \t]*from[ \t]+([\w.]+)[ \t]+c?import[ \t]+(\([^)]*\)|[^\n#]+)", text, re.MULTILINE):
        line = text.count("\n", 0, found.start()) + 1
        names = re.sub(r"#[^\n]*|[()\s]", " ", found[2])
        for name in names.split(","):
            if name.strip():
                yield Import(path, line, found[1], name.split()[0])
    for found in re.finditer(r"^[ \t]*c?import[ \t]+([\w., \t]+)", text, re.MULTILINE):
        line = text.count("\n", 0, found.start()) + 1
        for name in found[1].split(","):
            yield Import(path, line, name.split()[0])


@functools.cache
def imports_of(room: str) -> list[Import]:
    """All imports of one room."""
    found: list[Import] = []
    for path in files(".py", ".pyx", ".pxd", ".pyi", below=room):
        read = cython_imports if path.suffix in {".pyx", ".pxd"} else python_imports
        found += read(str(path.relative_to(ROOT)), path.read_text())
    return found


def imports(*rooms: str) -> list[Import]:
    """All imports of these rooms."""
    return [item for room in rooms for item in imports_of(room)]


def listed(breaches: list[str], rule: str) -> None:
    """Fail with all breaches of a rule at once."""
    if breaches:
        pytest.fail(f"{rule}:\n  " + "\n  ".join(breaches), pytrace=False)


def test_a_room_imports_only_rooms_to_its_left() -> None:
    breaches = []
    for room in ROOMS:
        allowed = ROOMS[: ROOMS.index(room) + 1]
        forbidden = {*ROOMS, "tests", "bench"} - set(allowed)
        breaches += [str(item) for item in imports(room) if item.world in forbidden]
    listed(breaches, f"the import rule is {' <- '.join(ROOMS)}")


def test_no_room_uses_a_private_name_of_another() -> None:
    breaches = []
    for item in imports(*ROOMS):
        private = any(part.startswith("_") and not part.startswith("__") for part in (*item.module.split("."), item.name))
        if private and item.world in ROOMS and item.world != item.path.partition("/")[0]:
            breaches.append(str(item))
    listed(breaches, "a name with an underscore belongs to its own room")


def test_imports_are_absolute() -> None:
    listed([str(item) for item in imports(*ROOMS, "tests", "bench") if item.module.startswith(".")], "imports name the room")


@pytest.mark.parametrize("world", PLACES)
def test_an_outside_world_is_touched_in_its_place(world: str) -> None:
    breaches = [str(item) for item in imports(*ROOMS) if item.world == world and not item.path.startswith(PLACES[world])]
    listed(breaches, f"{world} belongs to {' and '.join(PLACES[world])}")


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_is_touched_in_one_file(engine: str) -> None:
    places = {item.path for item in imports(*ROOMS) if item.world == engine}
    assert len(places) <= 1, f"{engine} is imported by {sorted(places)}"


@pytest.mark.parametrize("room", ROOMS)
def test_redis_is_touched_in_one_file_of_a_room(room: str) -> None:
    places = {item.path for item in imports(room) if item.world == "redis"}
    assert len(places) <= 1, f"redis is imported by {sorted(places)}"


def test_only_the_clock_reads_a_clock() -> None:
    breaches = []
    for room in ROOMS:
        for path in files(".py", below=room):
            name = str(path.relative_to(ROOT))
            if name == "voice/clock.py":
                continue
            for node in ast.walk(ast.parse(path.read_text(), name)):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
                    owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
                    if node.attr in CLOCKS.get(owner, ()):
                        breaches.append(f"{name}:{node.lineno}: {owner}.{node.attr}")
                elif isinstance(node, ast.ImportFrom) and node.module == "time":
                    breaches += [f"{name}:{node.lineno}: {alias.name}" for alias in node.names if alias.name in CLOCKS["time"]]
    listed(breaches, "time is an argument; voice/clock.py alone reads it")


def test_no_file_is_too_long() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in files(*CODE)}
    listed([f"{name}: {lines} lines" for name, lines in lengths.items() if lines > LONGEST], f"at most {LONGEST} lines a file")


def test_every_module_says_what_it_is_about() -> None:
    silent = []
    for path in files(".py", ".pyx"):
        text = path.read_text()
        # Cython directives, decorators of the file, may stand before the words.
        body = re.sub(r"\A(#[^\n]*\n|\s)*", "", text)
        if text.strip() and not re.match(r'[rR]?"""\s*\S', body):
            silent.append(str(path.relative_to(ROOT)))
    listed(silent, "a module's first line says what it is about")


def test_no_file_is_named_by_nothing() -> None:
    vague = {"utils", "util", "types", "common", "manager", "helpers", "misc"}
    listed([str(path.relative_to(ROOT)) for path in files(".py", ".pyx") if path.stem in vague], "a file is named by a noun")


def test_no_file_names_the_host_of_a_registry() -> None:
    breaches = []
    for path in files():
        data = path.read_bytes()
        breaches += [f"{path.relative_to(ROOT)}: {host}" for host in HOSTS if host.encode() in data]
    listed(breaches, "where packages come from is a setting of the machine")


def test_every_dependency_has_an_exact_version_with_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *(item for extra in project["optional-dependencies"].values() for item in extra)]
    names = {re.split(r"[<>=\[ ;]", item)[0].lower() for item in wanted}
    text = (ROOT / "constraints.txt").read_text()
    locked = set(re.findall(r"^([a-z0-9-]+)==\S+ \\\n +--hash=sha256:[0-9a-f]{64}", text, re.MULTILINE))
    assert names <= locked, f"make lock: {sorted(names - locked)}"
    assert "://" not in text
    assert "file:" not in text


def test_the_rules_would_be_noticed_if_broken() -> None:
    python = "import routing\nfrom native.port import _secret\ndef late():\n    from voice import call\n"
    assert [str(item) for item in python_imports("x.py", python)] == [
        "x.py:1: routing",
        "x.py:2: native.port _secret",
        "x.py:4: voice call",
    ]
    cython = "from native.bell cimport (\n    bell_t,  # a note\n    ring\n)\ncimport numpy as np, voice\nimport os\n"
    assert [(item.module, item.name) for item in cython_imports("x.pyx", cython)] == [
        ("native.bell", "bell_t"),
        ("native.bell", "ring"),
        ("numpy", ""),
        ("voice", ""),
        ("os", ""),
    ]
