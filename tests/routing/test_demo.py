"""The main job on real input: a real call over SIP and RTP, in every language of the house, by ears that really listen."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers.house import call, house

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]
FLOWS = Path(__file__).parents[1] / "ivr" / "flows"


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_demo_ends_well_and_writes_its_figures(language: str, tmp_path: Path) -> None:
    result = tmp_path / "demo.json"
    command = [sys.executable, "-m", "routing.cli", "demo", "--once", "--speak", language, "--result", str(result)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    found = json.loads(result.read_text(encoding="utf-8"))
    assert found["understood"]
    assert found["resumed_at"] == ["day", "window"], "the chat's matter on the phone, the call's after the line dropped"
    assert {"en": "four seven, one one", "ru": "четыре семь, один один"}[language] in found["named"], "before its first question"
    assert found["repeated_questions"] == 0
    assert found["booked"]
    assert len(found["context_lookup_ms"]) >= 2
    assert found["answered_ms"] < 500
    assert found["keys"] == "3"
    assert found["barge_in_stop_ms"] < 400
    assert [turn["engine"] for turn in found["turns"]] == ["whisper", "whisper", "", "whisper", "rfc4733", "whisper"]
    assert [turn["answers"][0].partition(".")[0] for turn in found["turns"] if turn["answers"]] == [
        "status",
        "hours",
        "help",
        "refund",
        "goodbye",
    ]
    assert found["turns"][2]["went_on"], "a murmur stops no prompt"
    assert all(turn["reply_excess_ms"] < 500 for turn in found["turns"] if turn["reply_excess_ms"] is not None)
    assert "Traceback" not in done.stdout + done.stderr


def test_real_vosk_hears_korean_with_the_grammar_of_each_step(tmp_path: Path) -> None:
    settings = (
        f'language = "ko"\nflow = "{FLOWS / "korean.yaml"}"\n[sip]\nport = 0\n[hearing.ko]\nfinal = "vosk"\nstreaming = "vosk"\n'
    )
    with house(tmp_path, settings) as (running, port):
        heard = call(port, "ko", [{"why": "refund", "say": "환불"}, {"why": "no", "say": "아니요"}])
        outcome = running.until("outcome", 20)
    assert heard[-1]["what"] == "hung up"
    words = [(line["what"], line["engine"]) for line in running.lines if line.get("who") == "caller"]
    # Both spellings of "no" are in the grammar of the second step and sound alike; neither is in that of the first.
    assert words[0] == ("환불", "vosk"), running.lines
    assert words[1] in (("아니요", "vosk"), ("아니오", "vosk")), running.lines
    assert len(words) == 2
    assert "refund" in outcome["outcome"]
    assert outcome["calls"] == 0


def test_a_house_without_ears_serves_by_keys_and_says_so(tmp_path: Path) -> None:
    settings = (
        '[sip]\nport = 0\n[hearing.en]\nfinal = "none"\nstreaming = "none"\n[hearing.ru]\nfinal = "none"\nstreaming = "none"\n'
    )
    with house(tmp_path, settings) as (running, port):
        call(port, "en", [{"why": "hours", "press": "4"}, {"why": "bye", "press": "2"}])
        outcome = running.until("outcome", 20)
    said = [line["what"] for line in running.lines if line.get("who") == "house"]
    assert any("use the keys" in text for text in said)
    assert any("eight in the morning" in text for text in said)
    assert "hours" in outcome["outcome"]
