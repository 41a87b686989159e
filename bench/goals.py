"""What is to be reached, in one table: limits and ratios, each with the name of the measurement that is held against it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    """At most (or at least) so much of a unit. why: what a caller or an owner notices of it. later: an aim, not yet held against us."""

    limit: float
    unit: str
    why: str
    at_least: bool = False
    later: bool = False

    def met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    @property
    def limit_text(self) -> str:
        return f"{'>=' if self.at_least else '<='} {self.limit:g}"

    def __str__(self) -> str:
        return f"{self.limit_text} {self.unit}"


def figure_text(value: float) -> str:
    """Three digits that count, no more."""
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"


GOALS: dict[str, Goal] = {
    "calls.lost_frames": Goal(
        0, "frames", "300 calls at once, prompt out and speech in, VAD on every frame: nothing is lost in either direction"
    ),
    "calls.cpu": Goal(60, "% of a core", "300 calls at once in one process"),
    "calls.over_python": Goal(5, "x", "calls a core, against pjsua2's AudioMediaPort in Python in the same run", at_least=True),
    "calls.over_floor": Goal(
        3.0, "x", "CPU a call and 20 ms tick, over bare UDP send and receive in the same minute", later=True
    ),
    "calls.lost_with_gil_held": Goal(
        0, "frames", "300 calls while the interpreter is held for 200 ms and the loop blocked for 1 s: sound needs neither"
    ),
    "calls.late_with_gil_held": Goal(
        1.1, "x", "time between two packets of a call at p99.9 meanwhile, over that when nothing is held", later=True
    ),
    "memory.per_call": Goal(250, "kB", "resident memory that one more call costs, its 8 s ring full"),
    "memory.slope": Goal(0.5, "kB/call", "what a finished call leaves behind, once 2,000 calls in a row have filled every store"),
    "lookup.p99": Goal(2, "ms", "who calls and what he left unfinished: p99 of a look-up over the median of a bare round trip"),
    "lookup.checkpoint": Goal(5, "ms", "a turn's state and its answers kept: p99 over the median of a bare round trip"),
    "frames.over_vad": Goal(1.6, "x", "a frame through VAD, turn, ring, level and in-band keys, over the VAD alone", later=True),
    "frames.over_python": Goal(5, "x", "the same in Python with webrtcvad and numpy, over ours", at_least=True, later=True),
    "answer.invite_to_200": Goal(20, "ms p95", "INVITE sent to 200 OK received"),
    "answer.ack_to_prompt": Goal(60, "ms p95", "ACK sent to the first packet with sound in it"),
    "answer.rush_failed": Goal(0, "calls", "50 calls a second while 200 others are up: none fails"),
    "answer.rush_p50": Goal(3, "ms p50", "INVITE sent to 200 OK received, in that rush", later=True),
    "answer.rush_p99": Goal(20, "ms p99", "the same, of the slowest hundredth", later=True),
    "answer.rush_first_packet": Goal(25, "ms p95", "ACK sent to the first packet, in that rush", later=True),
    "recovery.greeting_without_redis": Goal(
        210,
        "ms p95",
        "ACK to the first sound while Redis is stopped: 60 ms as ever, and the 150 that are waited for a memory",
        later=True,
    ),
    "recovery.kept_after_redis": Goal(1, "s", "from Redis's return to a call that ended without it in the timeline", later=True),
    "recovery.phone": Goal(3, "s", "kill -9 of the phone's process to the first answered call", later=True),
    "reply.speech": Goal(
        120, "ms p95", "last caller sample to first reply packet, less the end silence in force; Whisper decodes ahead"
    ),
    "reply.key": Goal(80, "ms p95", "first packet of a key to the first reply packet"),
    "reply.speech_held": Goal(70, "ms p95", "the same with as many calls up as --held says", later=True),
    "reply.key_held": Goal(70, "ms p95", "the same with as many calls up as --held says", later=True),
    "barge_in.stop": Goal(160, "ms p95", "first sample of the caller's voice to the last prompt packet"),
    "barge_in.missed": Goal(2, "%", "interruptions that are meant, and that the house does not take", later=True),
    "barge_in.false_stops": Goal(
        5, "%", "prompts ended by a cough, a noise, their own echo or a back-channel: the worst of these kinds", later=True
    ),
    "barge_in.false_cost": Goal(400, "ms p95", "how long a prompt stands still for nothing before it goes on", later=True),
    "barge_in.missed_ru": Goal(2, "%", "interruptions in Russian that the house does not take", later=True),
    "barge_in.false_stops_ru": Goal(5, "%", "prompts ended by a back-channel in Russian", later=True),
    "barge_in.false_cost_ru": Goal(400, "ms p95", "how long a prompt stands still for one before it goes on", later=True),
    "keys.accepted": Goal(
        100, "%", "keys as ITU-T Q.24 admits them, in noise, through both laws: every one is heard", at_least=True
    ),
    "keys.wrong": Goal(0, "tones", "what Q.24 refuses, and a key taken for another one: none"),
    "keys.talk_off": Goal(0, "keys", "keys heard in hours of speech, ten of them in a long run"),
    "keys.confirmed": Goal(40, "ms p95", "first sample of a tone to the key"),
    "keys.cost": Goal(2, "us/frame", "looking for keys in 20 ms of sound"),
    "voicing.over_silero": Goal(
        1, "points", "frames taken wrongly for speech or for silence, in noise, more than Silero takes wrongly", later=True
    ),
    "voicing.over_webrtc": Goal(0, "points", "the same, more than the WebRTC VAD alone takes wrongly", later=True),
    "voicing.turns_ended": Goal(
        95,
        "% of turns",
        "in noise down to 10 dB, a turn ends when the caller has ended, not when the noise does",
        at_least=True,
        later=True,
    ),
    "voicing.cost": Goal(15, "% of Silero's CPU", "what that judgement costs"),
    "turns.over_silence": Goal(
        0.5, "x", "dead air after the caller's last word, at one cut-in in twenty, over that of silence alone", later=True
    ),
    "turns.over_smart_turn": Goal(1.0, "x", "the same over Smart Turn's"),
    "turns.over_silence_ru": Goal(
        0.5, "x", "dead air in Russian, at one cut-in in twenty, over that of silence alone", later=True
    ),
    "turns.over_smart_turn_ru": Goal(1.0, "x", "the same in Russian over Smart Turn's"),
    "recognition.over_faster_whisper": Goal(
        5,
        "x",
        "CPU of an utterance by faster-whisper as it comes, over ours: the same weights, one thread",
        at_least=True,
        later=True,
    ),
    "recognition.over_server": Goal(
        2.5,
        "x",
        "live Vosk streams a core while words come within 300 ms, over a server that decodes silence too",
        at_least=True,
        later=True,
    ),
    "recognition.lost_beside_calls": Goal(0, "frames", "150 calls in a process that decodes on all cores at once"),
    "handover.p50": Goal(
        5,
        "ms p50",
        "router's decision to everything known of the caller, parsed in the operator's page; 50 a second, 200 desks",
        later=True,
    ),
    "handover.p99": Goal(50, "ms p99", "the same, of the slowest hundredth", later=True),
    "handover.rung_before_pop": Goal(0, "of all", "no phone is told to ring before the page has who calls"),
    "routing.decisions": Goal(
        5000, "a CPU second", "routings with 1,000 operators and 10,000 waiting, claim and events included", at_least=True
    ),
    "routing.over_evalsha": Goal(
        0.4, "x", "the same a second, over a bare EVALSHA by the same client in the same run", at_least=True
    ),
    "routing.growth": Goal(1.5, "x", "CPU of a routing with 10,000 waiting, over that with 100"),
    "routing.single": Goal(2, "ms p99", "from a free operator to a claim that Redis has made, one at a time", later=True),
}

# What is measured without a goal: to be seen beside those that have one.
ABOUT: dict[str, str] = {
    "calls.concealed": "frames that the jitter buffer made up although every packet came",
    "calls.over_python_quick": "the same against a port that copies each frame quickly, without a VAD",
    "calls.over_python_job": "the same against one with webrtcvad, level and ring as ours has",
    "calls.highest_house": "most calls of one process without a lost frame (1,000 is the most tried)",
    "calls.highest_vector": "the same of a Python port that copies each frame as ByteVector (600 is the most tried)",
    "calls.highest_copy": "the same of one that copies quickly",
    "calls.highest_job": "the same of one that copies quickly, with webrtcvad, level and ring",
    "frames.cost": "a frame through VAD, turn, ring, level and in-band keys",
    "node.start_s": "one idle node, from nothing to its first call",
    "node.rss_mb": "its memory, its voices included, Redis not",
    "reply.heard": "last caller sample to first reply packet as heard, the end silence of 400 or 800 ms included",
    "reply.heard_held": "the same with as many calls up as --held says",
    "barge_in.missed_fresh": "interruptions not taken, in words and voices that nothing was chosen on",
    "barge_in.false_stops_fresh": "prompts ended by such a back-channel",
    "barge_in.false_cost_fresh": "how long one stands still for such a back-channel",
    "barge_in.missed_fresh_ru": "the same three in Russian: interruptions not taken",
    "barge_in.false_stops_fresh_ru": "prompts ended by a back-channel",
    "barge_in.false_cost_fresh_ru": "how long one stands still for it",
    "turns.dead_air": "mean dead air after the last word, at one cut-in in twenty",
    "turns.cut_ins": "turns cut in on with the settings as they come",
    "turns.dead_air_ru": "mean dead air in Russian",
    "turns.cut_ins_ru": "turns cut in on in Russian with the settings as they come",
    "voicing.error": "frames wrongly judged speech or silence, in noise from 20 to 0 dB",
    "recognition.understood": "one phrase or ten of each topic, by language, voice, noise, loss and codec",
    "recognition.rejected": "what the step does not expect, and is not taken for something",
    "recognition.seconds": "CPU of an utterance, by Whisper",
    "recognition.utterances": "utterances a second on all cores",
    "recognition.beside_calls": "the same beside 150 calls",
    "recognition.streams": "live Vosk streams a core while words come within 300 ms",
    "lookup.store": "memory of the store that was looked up in",
}
