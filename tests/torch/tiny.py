"""A sentence-transformers model of a few random weights, built where a test wants it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WIDTH, LONGEST = 32, 24
PROMPTS = {"query": "search for : ", "passage": "text : ", "STS": "alike : "}
QWEN = {"query": "Instruct: find what answers the query\nQuery:", "document": ""}
_WORDS = "a the red blue old cat dog house river tree stone sun moon runs sleeps shines stands . : "
_WORDS += "search for text alike Instruct find what answers query Query code"
TEXTS = ["the red cat sleeps", "a river", "old stone house stands", "blue moon shines", "the dog runs", "sun", "tree ."]


def bare(folder: Path, seed: int = 0) -> Path:
    """Save an encoder of random weights and its tokenizer, without a word on pooling."""
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens = {word: number for number, word in enumerate([*special, *_WORDS.split()])}
    tokenizer = Tokenizer(models.WordLevel(tokens, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    marks = [("[CLS]", tokens["[CLS]"]), ("[SEP]", tokens["[SEP]"])]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=marks)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=WIDTH,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=LONGEST,
    )
    BertModel(config).save_pretrained(folder)
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), special, strict=True))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=LONGEST, **names).save_pretrained(folder)
    return folder


def whole(
    folder: Path,
    prompts: Mapping[str, str] | None = None,
    *,
    seed: int = 0,
    config: Mapping[str, Any] | None = None,
    normalize: bool = True,
) -> Path:
    """Save a model with pooling and prompts; `config` goes into its `config.json`."""
    transformer = Transformer(str(bare(folder.with_name(f"{folder.name}-bare"), seed)))
    parts = [transformer, Pooling(WIDTH, "mean"), *([Normalize()] if normalize else [])]
    SentenceTransformer(modules=parts, prompts=dict(prompts or {}), device="cpu").save(str(folder))
    if config:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | dict(config)))
    return folder
