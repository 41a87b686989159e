"""The in-band detector against a generator: ITU-T Q.24 in miniature, and against its plain twin, sample by sample."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from native.dtmf import Dtmf
from tests.reference.dtmf import detect
from tests.reference.tones import KEYS, Law, Pcm, Press, dial, interrupted, noisy, pcm16, samples_in, silence, sine, white

RATES = (8000, 16000)


def keys_in(pcm: Pcm, rate_hz: int = 8000) -> str:
    return Dtmf(rate_hz).feed(pcm)


def confirmed_at(pcm: Pcm, rate_hz: int = 8000) -> list[tuple[int, str]]:
    """Fed hop by hop (1.25 ms): each key with the number of samples heard by then."""
    detector, hop, found = Dtmf(rate_hz), rate_hz // 800, []
    for end in range(hop, len(pcm) + 1, hop):
        found += [(end, key) for key in detector.feed(pcm[end - hop : end])]
    return found


def test_laws():
    pcm = pcm16(dial([Press('1')]))
    assert keys_in(pcm) == '1'
