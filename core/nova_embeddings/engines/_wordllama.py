"""Vectors from static token embeddings: real meaning on a CPU, without a download. It is not the Nova model.

The weights (32,000 tokens, 256 wide, MIT) and the tokenizer lie inside the `wordllama` wheel; both files are read
directly, because its loader looks for the tokenizer in a wrong folder and then downloads it (0.4.0.post1).

A vector is the mean of the text's token rows, so the order of words does not matter. Task and instructions are
blended in beside it: pooled together with the text, as a model reads them, they would drown a short text. nDCG@10 on
the English xquad passages: .908 without them, .906 blended with the weight below, .802 pooled together.

Of a picture it knows the text that stands in it, read by OCR: a chart or a page is found by its words. That text is
embedded like any other, after the input's own.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nova_embeddings._batching import cut
from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._space import MULTIVECTOR_WIDTH
from nova_embeddings.engines._engine import Tokenized
from nova_embeddings.engines._ocr import TextReader
from nova_embeddings.engines._vectors import unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

    from nova_embeddings._results import FloatArray
    from nova_embeddings.engines._prompts import Prompt

    Ids = NDArray[np.uint32]

_WEIGHTS = "weights/l2_supercat_256.safetensors"
_TENSOR = "embedding.weight"
_TOKENIZER = "tokenizers/l2_supercat_tokenizer_config.json"
_CONTEXT_WEIGHT = 0.2
_MOST_TEXTS, _MOST_CHARACTERS = 256, 2**20  # tokenized at a time: the tokenizer needs about 100 bytes a token


class WordLlamaEngine:
    """The mean of the text's token rows, and a little of what stands before it.

    The rows are 256 wide. A wider vector is filled up with zeros, so that stores are sized as with the model and
    cosine is unchanged; the narrower one of 128 is its beginning, normalised. An adapter's name changes nothing:
    there are no weights behind it.

    Raises:
        ConfigurationError: the packages of the extra `local` are not installed, or hold other files.
    """

    name = "wordllama"
    widths = range(0)

    def __init__(self) -> None:
        """Read both files."""
        self._tokenizer, self._table = _load()
        self._unknown = self._tokenizer.token_to_id("<unk>")
        self._reader = TextReader()

    def see(self, picture: bytes) -> str:
        """Return the text that stands in a picture.

        Raises:
            InputError: none can be read, so that a vector would say nothing of the picture; also beside a text.
            ConfigurationError: the packages of the extra `local-images` are not installed.
        """
        text = self._reader.text_in(picture)
        if not text:
            message = (
                f"has an image in which no text can be read, and the {self.name} engine sees nothing else of it; "
                "leave the image out and give a text that describes it"
            )
            raise InputError(message)
        return text

    def see_numbers(self, numbers: NDArray[np.float32]) -> str:  # noqa: ARG002 (whatever they are)
        """Refuse: there is no vision encoder whose numbers these could be.

        Raises:
            InputError: always.
        """
        message = f"has image_embeds, and the {self.name} engine has no vision encoder; give the image itself"
        raise InputError(message)

    def tokenize(self, prompts: Sequence[Prompt]) -> list[Tokenized]:
        """Return the token numbers of each text, and of the text in its picture.

        Instructions and prompt count, the chat template does not; a picture counts as it would for the model.
        """
        texts, seen = self._ids([prompt.text for prompt in prompts]), self._ids([prompt.seen for prompt in prompts])
        before = self._contexts(prompts)
        tokenized = []
        for index, (prompt, own, read) in enumerate(zip(prompts, texts, seen, strict=True)):
            tokens = np.concatenate((own, read))
            if not (tokens != self._unknown).any():
                message = f"has no token that the {self.name} engine knows"
                raise InputError(message, index=index)
            count = len(own) + len(before[prompt.context]) + prompt.picture_tokens
            tokenized.append(Tokenized(prompt, tokens, count))
        return tokenized

    def encode(self, inputs: Sequence[Tokenized], dimensions: int) -> FloatArray:
        """Return float32 `(N, dimensions)`; what the engine does not fill is zero."""
        means = unit(np.stack([self._table[value.tokens].mean(axis=0) for value in inputs]))
        blended = means + _CONTEXT_WEIGHT * unit(self._context_rows(inputs))
        rows = np.zeros((len(inputs), dimensions), dtype=np.float32)
        rows[:, : self._table.shape[1]] = unit(blended[:, :dimensions])
        return rows

    def encode_tokens(self, inputs: Sequence[Tokenized]) -> list[FloatArray]:
        """Return the first 128 columns of each token's row; being Matryoshka weights, they are the best 128."""
        contexts = _CONTEXT_WEIGHT * unit(self._context_rows(inputs)[:, :MULTIVECTOR_WIDTH])
        return [
            unit(unit(self._table[value.tokens, :MULTIVECTOR_WIDTH], index) + contexts[index], index)
            for index, value in enumerate(inputs)
        ]

    def _context_rows(self, inputs: Sequence[Tokenized]) -> FloatArray:
        """Return `(N, 256)`: the mean row of what stands before each text."""
        means = {
            context: self._table[ids].mean(axis=0)
            for context, ids in self._contexts([value.prompt for value in inputs]).items()
        }
        return np.stack([means[value.prompt.context] for value in inputs])

    def _contexts(self, prompts: Sequence[Prompt]) -> dict[str, Ids]:
        """Return the token numbers of each distinct context; most calls have a single one."""
        distinct = list(dict.fromkeys(prompt.context for prompt in prompts))
        return dict(zip(distinct, self._ids(distinct), strict=True))

    def _ids(self, texts: Sequence[str]) -> list[Ids]:
        ids: list[Ids] = []
        for batch in cut([None] * len(texts), [len(text) for text in texts], _MOST_TEXTS, _MOST_CHARACTERS):
            encodings = self._tokenizer.encode_batch_fast([texts[index] for index in batch], add_special_tokens=False)
            ids += [np.array(encoding.ids, dtype=np.uint32) for encoding in encodings]
        return ids


def _load() -> tuple[Tokenizer, FloatArray]:
    try:
        from safetensors.numpy import load_file  # noqa: PLC0415 (of the extra `local`)
        from tokenizers import Tokenizer  # noqa: PLC0415 (of the extra `local`)
    except ImportError as error:
        raise _not_installed(error.name) from None
    tokenizer = Tokenizer.from_file(str(_file(_TOKENIZER)))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer, load_file(_file(_WEIGHTS))[_TENSOR].astype(np.float32)


def _file(name: str) -> Path:
    """Return the path of a file in the wheel, found without importing the package."""
    spec = find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        raise _not_installed("wordllama")
    path = Path(spec.submodule_search_locations[0], name)
    if not path.is_file():
        message = f"the installed wordllama has no file {name}; install wordllama>=0.4.0.post1,<0.5"
        raise ConfigurationError(message)
    return path


def _not_installed(package: str | None) -> ConfigurationError:
    message = (
        f"the wordllama engine needs a package that is not installed ({package}): pip install 'nova-embeddings[local]'"
    )
    return ConfigurationError(message)
