"""Small collections to search, and files of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

CORPUS = {
    "deposit": "The tenant pays a deposit of two months' rent to the landlord.",
    "oven": "Preheat the oven to 220 degrees and bake the bread for an hour.",
    "treaty": "The treaty that ended the war was signed by both kings in 1648.",
    "appeal": "The court dismissed the appeal and upheld the sentence.",
    "rust": "Rust frees memory without a garbage collector.",
    "tea": "Black tea is grown on the hills of Assam and Darjeeling.",
}
QUERIES = {
    "q-rent": "Who pays the deposit for the rent?",
    "q-bread": "How hot is the oven for bread?",
    "q-war": "When was the treaty signed?",
    "q-court": "What did the court do with the appeal?",
    "q-memory": "How is memory freed in Rust?",
}
QRELS = {
    "q-rent": {"deposit": 2, "appeal": 1},
    "q-bread": {"oven": 1},
    "q-war": {"treaty": 1},
    "q-court": {"appeal": 1, "deposit": 0},
    "q-memory": {"rust": 1},
}


def written(folder: Path) -> Path:
    """Write the collection in BEIR's form; two documents have a title, one query has no judgement."""
    (folder / "qrels").mkdir(parents=True)
    corpus = [{"_id": name, "title": "", "text": text} for name, text in CORPUS.items()]
    corpus[0] |= {"title": "Tenancy"}
    _lines(folder / "corpus.jsonl", corpus)
    queries = [{"_id": name, "text": text} for name, text in QUERIES.items()]
    _lines(folder / "queries.jsonl", [*queries, {"_id": "q-unjudged", "text": "What is not asked?"}])
    rows = [f"{query}\t{name}\t{grade}" for query, found in QRELS.items() for name, grade in found.items()]
    (folder / "qrels" / "test.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *rows]) + "\n")
    return folder


def _lines(path: Path, entries: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
