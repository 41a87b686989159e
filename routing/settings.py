"""The one settings file (TOML), its defaults, and what is wrong with it: every mistake at once, with the nearest right name.

Looked for in this order: `--config`, `HOTLINE_CONFIG`, ./hotline.toml, ~/.config/hotline/config.toml, /etc/hotline/config.toml;
without any of them the defaults answer on loopback, port 5060.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from rapidfuzz import process

from ivr.channels.email.settings import ImapSettings, ListenSettings, MailSettings, SendSettings
from ivr.channels.touches import ApiSettings, Sender
from ivr.channels.webhooks import Target, WebhookSettings
from ivr.memory.retention import RetentionSettings
from routing.desk.settings import Code, DeskSettings
from routing.floor.settings import Ring, RoutingSettings, Skill
from routing.metrics_settings import MetricsSettings
from routing.switchboard.settings import CallbackSettings, SwitchboardSettings
from routing.web_settings import WebSettings
from voice.errors import ConfigError
from voice.recognizers.ears import EarChoice
from voice.trunk import SipSettings, Trunk

T = TypeVar("T")
SECRETS = {"password", "keys"}  # no message shows them
PLACES = ("hotline.toml", "~/.config/hotline/config.toml", "/etc/hotline/config.toml")


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set.

    flow: a flow file, empty for the one that comes along. language: of callers about whom nothing is known. prompts: folder of
    recorded prompts (<language>/<voice>/<id>.wav). hearing: per language, which engines listen (see EarChoice). region: of
    numbers without a country code (ISO 3166, "RU"). redis: where the memory is (HOTLINE_REDIS goes first); empty for a private one,
    kept in `state`, by default ~/.local/state/hotline.
    """

    sip: SipSettings = field(default_factory=SipSettings)
    web: WebSettings = field(default_factory=WebSettings)
    mail: MailSettings = field(default_factory=MailSettings)
    api: ApiSettings = field(default_factory=ApiSettings)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    routing: RoutingSettings = field(default_factory=RoutingSettings)
    desk: DeskSettings = field(default_factory=DeskSettings)
    switchboard: SwitchboardSettings = field(default_factory=SwitchboardSettings)
    flow: str = ""
    language: str = "en"
    prompts: str = ""
    hearing: Mapping[str, EarChoice] = field(default_factory=dict)
    region: str = ""
    redis: str = ""
    state: str = ""
    source: str = ""


def find(named: str | None = None) -> Path | None:
    """The settings file that counts, or None. Raises ConfigError where the named one is not there."""
    wanted = named or os.environ.get("HOTLINE_CONFIG")
    if wanted:
        path = Path(wanted).expanduser()
        if not path.is_file():
            raise ConfigError(f"there is no settings file {wanted}", "Check the name given by --config or HOTLINE_CONFIG.")
        return path
    return next((path for place in PLACES if (path := Path(place).expanduser()).is_file()), None)


def load(named: str | None = None) -> Settings:
    """Read and check the settings. Raises ConfigError that lists all mistakes."""
    path = find(named)
    if path is None:
        return Settings()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}", "See docs/settings.md for what a settings file looks like.") from None
    return parse(data, str(path))


def parse(data: dict[str, Any], source: str) -> Settings:
    """Settings from the file's tables. `source` names the file in messages."""
    mistakes: list[str] = []
    sip = listed(data, "sip", "trunk", Trunk, mistakes)
    api = listed(data, "api", "sender", Sender, mistakes)
    webhooks = listed(data, "webhooks", "target", Target, mistakes)
    routing = listed({"routing": _with_rings(data.get("routing", {}), mistakes)}, "routing", "skill", Skill, mistakes)
    desk = listed(data, "desk", "code", Code, mistakes)
    switchboard = data.get("switchboard", {})
    if isinstance(switchboard, dict) and "callback" in switchboard:
        callback = build(CallbackSettings, switchboard["callback"], "[switchboard.callback]", mistakes)
        switchboard = {**switchboard, "callback": callback or CallbackSettings()}
    mail = data.get("mail", {})
    mail = dict(mail) if isinstance(mail, dict) else mail
    for name, part in (("listen", ListenSettings), ("imap", ImapSettings), ("send", SendSettings)):
        if isinstance(mail, dict) and name in mail:
            mail[name] = build(part, mail[name], f"[mail.{name}]", mistakes)
    hearing = {
        language: build(EarChoice, choice, f"[hearing.{language}]", mistakes)
        for language, choice in data.get("hearing", {}).items()
    }
    parts = {
        "sip": build(SipSettings, sip, "[sip]", mistakes),
        "web": build(WebSettings, data.get("web", {}), "[web]", mistakes),
        "mail": build(MailSettings, mail, "[mail]", mistakes),
        "api": build(ApiSettings, api, "[api]", mistakes),
        "webhooks": build(WebhookSettings, webhooks, "[webhooks]", mistakes),
        "routing": build(RoutingSettings, routing, "[routing]", mistakes),
        "desk": build(DeskSettings, desk, "[desk]", mistakes),
        "metrics": build(MetricsSettings, data.get("metrics", {}), "[metrics]", mistakes),
        "switchboard": build(SwitchboardSettings, switchboard, "[switchboard]", mistakes),
        "retention": build(RetentionSettings, data.get("retention", {}), "[retention]", mistakes),
    }
    mistakes += strange_trunks(parts["sip"], parts["switchboard"])
    top = {key: value for key, value in data.items() if key not in (*parts, "hearing")}
    settings = build(Settings, top, "the top of the file", mistakes, hidden=(*parts, "hearing", "source"))
    if mistakes or settings is None:
        lines = "".join(f"\n  {source}: {mistake}" for mistake in mistakes)
        raise ConfigError(f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''} in the settings:{lines}")
    found = {language: choice for language, choice in hearing.items() if choice is not None}
    built: dict[str, Any] = dict(parts)
    return dataclasses.replace(settings, hearing=found, source=source, **built)


def strange_trunks(sip: object, switchboard: object) -> list[str]:
    """Trunks that [switchboard] names and [sip] does not have; nothing of a section that is wrong itself."""
    if not isinstance(sip, SipSettings) or not isinstance(switchboard, SwitchboardSettings):
        return []
    known = {trunk.name for trunk in sip.trunks}
    named = {
        "[switchboard] last_trunk": filter(None, [switchboard.last_trunk]),
        "[switchboard] refer": switchboard.refer,
        "[switchboard.callback] trunk": filter(None, [switchboard.callback.trunk]),
    }
    return [
        f"{where}: no trunk is called {name!r}; known: {', '.join(sorted(known))}"
        for where, names in named.items()
        for name in names
        if name not in known
    ]


def listed(data: dict[str, Any], section: str, name: str, kind: type[Any], mistakes: list[str]) -> Any:
    """A section whose [[section.name]] are built, as `names`; what is wrong is added to `mistakes`."""
    values = data.get(section, {})
    if not isinstance(values, dict):
        return values
    values = dict(values)
    tables = values.pop(name, None)
    if tables is not None and not isinstance(tables, list):
        mistakes.append(f"[{section}.{name}]: there may be several: write [[{section}.{name}]]")
    elif tables is not None:
        built = [build(kind, one, f"[[{section}.{name}]] {one.get('name', n + 1)}", mistakes) for n, one in enumerate(tables)]
        values[f"{name}s"] = tuple(one for one in built if one is not None)
    return values


def _with_rings(section: Any, mistakes: list[str]) -> Any:
    """[routing] whose [[routing.skill.ring]] are built."""
    skills = section.get("skill") if isinstance(section, dict) else None
    if not isinstance(skills, list):
        return section
    return section | {"skill": [listed({"routing.skill": one}, "routing.skill", "ring", Ring, mistakes) for one in skills]}


def build(kind: type[T], values: Any, where: str, mistakes: list[str], hidden: tuple[str, ...] = ()) -> T | None:
    """One dataclass from one table; what is wrong is added to `mistakes`."""
    if not isinstance(values, dict):
        mistakes.append(f"{where}: a table is expected")
        return None
    hints = {name: hint for name, hint in get_type_hints(kind).items() if name not in hidden}
    arguments: dict[str, Any] = {}
    before = len(mistakes)
    for name, value in values.items():
        if name not in hints:
            near = process.extractOne(name, list(hints), score_cutoff=60)
            mistakes.append(
                f"{where}: unknown key {name!r}" + (f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(hints)}")
            )
            continue
        try:
            arguments[name] = fit(value, hints[name])
        except ValueError as error:
            shown = name if name in SECRETS else f"{name} is {value!r}"
            mistakes.append(f"{where}: {shown}: {error}")
    if len(mistakes) > before:
        return None
    try:
        return kind(**arguments)
    except ConfigError as error:
        mistakes.append(f"{where}: {error}")
    except TypeError:
        missing = [f.name for f in dataclasses.fields(kind) if f.default is f.default_factory is dataclasses.MISSING]  # type: ignore[arg-type]
        mistakes.append(f"{where}: {', '.join(n for n in missing if n not in arguments)} must be given")
    return None


def fit(value: Any, hint: Any) -> Any:
    """A TOML value as the type that the dataclass wants. Raises ValueError with what was expected."""
    origin, inner = get_origin(hint), get_args(hint)
    if isinstance(value, tuple):  # TOML has none: these are trunks, built already
        return value
    if origin in (tuple, frozenset):
        if not isinstance(value, list):
            raise ValueError("a list is expected")
        items = [fit(item, inner[0]) for item in value]
        if origin is tuple and inner[-1] is not Ellipsis and len(items) != len(inner):
            raise ValueError(f"{len(inner)} values are expected")
        return origin(items)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if value not in list(hint):
            raise ValueError(f"one of {', '.join(hint)} is expected")
        return hint(value)
    if isinstance(hint, type) and not (isinstance(value, hint) and not (hint is int and isinstance(value, bool))):
        raise ValueError(f"a {hint.__name__} is expected")
    return value
