"""Load a model once a process, and run it one batch at a time."""

from __future__ import annotations

import json
import os
import sys
import threading
import warnings
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError, ResponseError, SimilarityWarning
from nova_embeddings._sentence_names import parsed
from nova_embeddings.sentence_models._matryoshka import widths

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from nova_embeddings._results import FloatArray
    from nova_embeddings._sentence_names import SentenceModel

_LOCK = threading.Lock()
_LOADED: dict[str, Loaded] = {}
_NO_LIMIT = 2**31
_CUT = 160


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """A model that is ready; used by many threads, and runs for one of them at a time.

    Its tokenizer keeps its settings for padding in itself, so that two threads in it would disturb each other.

    Args:
        model: which, and how it is run.
        prompts: its own, by their names.
        default: the prompt before a text of no task.
        width: of its vectors.
        narrower: widths to which they may be cut.
        max_tokens: of one input, at most; what is longer would be cut.
    """

    model: SentenceModel
    prompts: Mapping[str, str]
    default: str
    width: int
    narrower: Collection[int]
    max_tokens: int
    _transformer: Any
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the tokens of each text, prompt included, before anything is cut."""
        with self._lock:
            tokenizer = self._transformer.tokenizer
            if hasattr(tokenizer, "encode_batch"):  # of a model without a transformer: a table of words
                return [len(encoding.ids) for encoding in tokenizer.encode_batch(list(texts))]
            return [len(ids) for ids in tokenizer(list(texts), truncation=False, verbose=False)["input_ids"]]

    def encode(self, texts: Sequence[str], side: str | None, prompt: str) -> FloatArray:
        """Return float32 `(N, width)`.

        Args:
            texts: without a prompt.
            side: `query`, `document` or None: which half of a model with two halves.
            prompt: what stands before each; empty for nothing, not even the model's default.

        Raises:
            ResponseError: the model fails, or computes what is no number.
        """
        import numpy as np  # noqa: PLC0415 (not needed to import the package)

        further = {"task": side} if side else {}
        with self._lock:
            try:
                rows = self._transformer.encode(list(texts), show_progress_bar=False, prompt=prompt, **further)
            except Exception as error:
                message = f"{self.model.name} failed on {len(texts)} inputs ({type(error).__name__})"
                if "OutOfMemory" in type(error).__name__:
                    message += "; lower batch_size, or give another device"
                raise ResponseError(message) from error
        matrix = np.asarray(rows, dtype=np.float32)
        if matrix.shape != (len(texts), self.width) or not np.isfinite(matrix).all():
            message = f"{self.model.name} computed vectors of shape {matrix.shape} that are not all numbers or as wide"
            raise ResponseError(f"{message} as its {self.width} dimensions")
        return matrix


def loaded(name: str) -> Loaded:
    """Return this process's model of that name, loaded at its first use.

    Raises:
        ConfigurationError: it, or a package that it needs, is not there.
    """
    model = parsed(name)
    with _LOCK:
        if str(model) not in _LOADED:
            _LOADED[str(model)] = _load(model)
        return _LOADED[str(model)]


def _start_anew() -> None:
    """In a forked child: let go of locks that threads of the parent held, and compute in one thread.

    The threads with which torch computes stayed in the parent, and with GNU's OpenMP it would wait for them for ever.
    """
    global _LOCK  # noqa: PLW0603 (a lock cannot be let go by another than its holder)
    _LOCK = threading.Lock()
    for name, model in _LOADED.items():
        _LOADED[name] = replace(model, _lock=threading.Lock())
    if _LOADED:
        sys.modules["torch"].set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)


def _load(model: SentenceModel) -> Loaded:
    transformer = _opened(model)
    if _text_of("modules.json", model) is None:
        message = (
            f"{model.name} is no similarity model: it says nothing of how its token vectors become one, so they are "
            "averaged, and near vectors need not mean near texts; take a model that was trained for it"
        )
        warnings.warn(message, SimilarityWarning, stacklevel=2)
    known = getattr(transformer, "get_embedding_dimension", None) or transformer.get_sentence_embedding_dimension
    width = known()  # the second is its name before 5.4
    if width is None:
        width = transformer.encode(["."], show_progress_bar=False).shape[1]
    config = json.loads(_text_of("config.json", model) or "{}")
    narrower = widths(model.name, width, config, _text_of("README.md", model) or "")
    longest = transformer.max_seq_length
    most = _NO_LIMIT if longest is None or longest > _NO_LIMIT else int(longest)
    prompts = dict(transformer.prompts)
    return Loaded(model, prompts, prompts.get(transformer.default_prompt_name, ""), width, narrower, most, transformer)


def _opened(model: SentenceModel) -> Any:  # noqa: ANN401 (sentence-transformers is not imported here)
    try:
        from sentence_transformers import SentenceTransformer  # noqa: PLC0415 (of an extra, and slow)
    except ImportError as error:
        raise _missing(model, error, "sentence-transformers") from None
    try:
        return SentenceTransformer(
            model.name,
            device=model.device,
            backend=model.backend,
            revision=model.revision,
            local_files_only=model.folder is not None,
            trust_remote_code=False,
        )
    except ImportError as error:
        raise _missing(model, error, f"sentence-transformers{'-onnx' * (model.backend == 'onnx')}") from None
    except Exception as error:
        words = " ".join(str(error).split())[:_CUT]
        message = f"{model} cannot be loaded ({type(error).__name__}: {words}); code of a model's own is never run"
        raise ConfigurationError(message) from error


def _missing(model: SentenceModel, error: ImportError, extra: str) -> ConfigurationError:
    message = f"{model} needs a package that is not installed ({error.name or error}): "
    return ConfigurationError(f"{message}pip install 'nova-embeddings[{extra}]'")


def _text_of(file: str, model: SentenceModel) -> str | None:
    """Return one of the model's files, which loading has fetched if there is such; no network."""
    path = model.folder / file if model.folder else _cached(file, model)
    return path.read_text(encoding="utf-8") if path and path.is_file() else None


def _cached(file: str, model: SentenceModel) -> Path | None:
    from huggingface_hub import try_to_load_from_cache  # noqa: PLC0415 (comes with sentence-transformers)

    names = [model.name] if "/" in model.name else [f"sentence-transformers/{model.name}", model.name]
    folder = os.environ.get("SENTENCE_TRANSFORMERS_HOME")
    found = [try_to_load_from_cache(each, file, cache_dir=folder, revision=model.revision) for each in names]
    return next((Path(path) for path in found if isinstance(path, str)), None)
