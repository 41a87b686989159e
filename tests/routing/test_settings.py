"""The settings file: what it gives, and every mistake in it at once."""

from pathlib import Path

import pytest

from routing.settings import Settings, find, load, parse
from voice.errors import ConfigError
from voice.trunk import Srtp, Transport

WHOLE = """
language = "ru"
[sip]
host = "127.0.0.1"
port = 5080
transports = ["udp"]
rtp_ports = [20000, 20999]
[[sip.trunk]]
name = "carrier"
networks = ["198.51.100.0/24"]
srtp = "required"
allow = ["refer"]
[hearing.ru]
final = "whisper"
"""


def test_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(WHOLE)
    settings = load(str(path))
    assert (settings.language, settings.source) == ("ru", str(path))
    assert settings.sip.transports == (Transport.UDP,)
    assert settings.sip.rtp_ports == (20000, 20999)
    (trunk,) = settings.sip.trunks
    assert (trunk.srtp, trunk.allow) == (Srtp.REQUIRED, frozenset({"refer"}))
    assert settings.hearing["ru"].final == "whisper"


def test_every_mistake_is_told_at_once_with_the_nearest_name() -> None:
    data = {
        "langauge": "ru",
        "sip": {"prot": 1, "max_calls": "many", "trunk": [{"networks": ["nowhere"], "name": "a"}, {"name": "b", "realm": "*"}]},
        "hearing": {"ru": {"finall": "vosk"}},
    }
    with pytest.raises(ConfigError) as caught:
        parse(data, "x.toml")
    text = str(caught.value)
    assert text.startswith("6 mistakes")
    for part in (
        "did you mean 'language'",
        "did you mean 'port'",
        "max_calls is 'many': a int",
        "'nowhere' is no network",
        "the realm '*'",
        "did you mean 'final'",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("sip", "says"),
    [
        ({"rate_hz": 44100}, "44100 Hz"),
        ({"codecs": ["pcmu", "mp3"]}, "unknown codec mp3"),
        ({"rtp_ports": [5000]}, "2 values"),
        ({"transports": ["tls"]}, "TLS has no certificate"),
        ({"transports": ["sctp"]}, "one of udp, tcp, tls"),
        ({"max_calls": 0}, "1 to 1024"),
        ({"trunk": []}, "no trunk"),
        ({"trunk": [{}]}, "name must be given"),
    ],
)
def test_wrong_values(sip: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse({"sip": sip}, "x.toml")


@pytest.mark.parametrize(
    ("web", "says"),
    [
        ({"origins": ["shop.example"]}, "'shop.example' is no origin of a site"),
        ({"origins": ["https://shop.example/"]}, "no origin"),
        ({"proxies": ["10.0.0.1/8"]}, "proxies: 10.0.0.1/8 has host bits set"),
        ({"port": 70000}, "0 to 65535"),
        ({"origin": []}, "did you mean 'origins'"),
    ],
)
def test_wrong_values_of_the_web(web: dict[str, object], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        parse({"web": web}, "x.toml")
    settings = parse({"web": {"origins": ["https://*.shop.example"], "port": 0}}, "x.toml")
    assert settings.web.origins == ("https://*.shop.example",)


def test_broken_toml_and_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("language = \n")
    with pytest.raises(ConfigError, match=r"bad\.toml.*line 1"):
        load(str(path))
    with pytest.raises(ConfigError, match="no settings file"):
        find(str(tmp_path / "none.toml"))


def test_defaults_are_loopback_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("HOTLINE_CONFIG", raising=False)
    settings = load()
    assert settings == Settings()
    assert settings.sip.host == "127.0.0.1"
