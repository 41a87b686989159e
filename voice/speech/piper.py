"""Piper's neural voices (VITS in ONNX): the natural one. 0.15 s of one core for 2 s of speech, a second to load.

Voices are looked for in installed packages called `*_piper_voice` and as `*.onnx` with their `*.onnx.json` in model folders.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import logging
import pkgutil
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from voice.errors import ModelMissing, SpeechError
from voice.speech import mastering
from voice.speech.engine import primary
from voice.speech.pieces import tidy, unstressed
from voice.speech.protocol import Samples

if TYPE_CHECKING:
    from piper import PiperVoice as LoadedVoice
    from piper.config import SynthesisConfig

_PACKAGE_ENDING = "_piper_voice"
_SENTENCE_PAUSE_S = 0.25  # Piper speaks sentence by sentence and puts nothing between
_HEADROOM = 0.7  # it fills the full scale, and a resampler needs room above the peaks

# At DEBUG Piper writes every text into the log, and texts hold what callers told us.
logging.getLogger("piper").setLevel(logging.INFO)


def voice_files(folders: Iterable[Path] = ()) -> Iterator[tuple[str, Path]]:
    """(language, model file) of every Piper voice here: installed packages first, then `folders`, each in order of name."""
    for place in [*_packages(), *folders]:
        for model in sorted(place.rglob("*.onnx")) if place.is_dir() else ():
            if language := _language(model):
                yield language, model


def _packages() -> Iterator[Path]:
    for module in pkgutil.iter_modules():
        if module.ispkg and module.name.endswith(_PACKAGE_ENDING):
            spec = importlib.util.find_spec(module.name)
            yield from (Path(place) for place in (spec and spec.submodule_search_locations) or ())


def _config(model: Path) -> Path:
    return model.with_name(model.name + ".json")


def _language(model: Path) -> str:
    """The language of a voice, "" where the file is no Piper voice."""
    try:
        config = json.loads(_config(model).read_text(encoding="utf-8"))
        if not isinstance(config.get("phoneme_id_map"), dict):
            return ""
        return primary(config.get("language", {}).get("family") or config["espeak"]["voice"])
    except (OSError, ValueError, AttributeError, LookupError, TypeError):
        return ""


class PiperVoice:
    """One voice file; loaded once, on the first rendering, and shared by all calls."""

    def __init__(self, model: Path, language: str = "") -> None:
        """Raises ModelMissing where Piper is not installed or `model` is no Piper voice."""
        self.language = primary(language) or _language(model)
        if importlib.util.find_spec("piper") is None:
            raise ModelMissing("Piper is not installed", "Run: pip install piper-tts")
        if not model.is_file() or not _language(model):
            raise ModelMissing(f"{model} is not a Piper voice", f"A voice is two files: {model.name} and {model.name}.json.")
        self.name = f"piper/{model.stem}"
        self.version = f"{importlib.metadata.version('piper-tts')}-{model.stat().st_size}"
        self._model = model
        self._loaded: LoadedVoice | None = None
        self._loading = threading.Lock()

    def render(self, text: str, rate_hz: int, stretch: float = 1.0) -> Samples:
        """Speak `text` as mono PCM at `rate_hz`. Raises SpeechError where it cannot."""
        words = unstressed(tidy(text)).replace("[[", "[").replace("]]", "]")  # [[...]] is raw phonemes to Piper
        voice = self._voice()
        try:
            sentences = [chunk.audio_float_array for chunk in voice.synthesize(words, _pace(voice, stretch))]
        except Exception as error:  # onnxruntime and the phonemiser raise what they like
            raise SpeechError(f"Piper failed ({type(error).__name__})") from error
        if not sentences:
            raise SpeechError("Piper found nothing to say in this text")
        pause = np.zeros(int(_SENTENCE_PAUSE_S * voice.config.sample_rate), dtype=np.float32)
        parts = [part for sentence in sentences for part in (sentence, pause)][:-1]
        native = mastering.to_int16(np.concatenate(parts) * np.float32(_HEADROOM))
        return mastering.resampled(native, voice.config.sample_rate, rate_hz)

    def load(self) -> None:
        """Read the model and make it ready."""
        self._voice()

    def close(self) -> None:
        """Forget the model."""
        self._loaded = None

    def _voice(self) -> LoadedVoice:
        with self._loading:
            if self._loaded is None:
                self._loaded = self._read()
            return self._loaded

    def _read(self) -> LoadedVoice:
        import onnxruntime  # type: ignore[import-untyped]
        from piper import PiperVoice as Loaded
        from piper.config import PiperConfig

        # One thread, no spinning: two are slower here, and the cores belong to the calls.
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            session = onnxruntime.InferenceSession(str(self._model), sess_options=options, providers=["CPUExecutionProvider"])
            config = PiperConfig.from_dict(json.loads(_config(self._model).read_text(encoding="utf-8")))
        except Exception as error:
            raise SpeechError(
                f"the voice {self._model.name} does not load ({type(error).__name__})", "Get it again, the file is damaged."
            ) from error
        return Loaded(session=session, config=config)


def _pace(voice: LoadedVoice, stretch: float) -> SynthesisConfig | None:
    """The voice's own pace, stretched; None leaves all as the voice has it."""
    from piper.config import SynthesisConfig

    return None if stretch == 1.0 else SynthesisConfig(length_scale=voice.config.length_scale * stretch)
