"""What does a provider's page say beside what the table says? Words only; a trap has its source."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nova_embeddings.dialects._dialect import Option

QWEN3_ROWS = ("Qwen3-Embedding", *(f"Qwen3-Embedding {size}" for size in ("0.6B", "4B", "8B")))
EXAMPLE = """```python
from nova_embeddings import NovaClient

client = NovaClient("{model}")
texts = ["Rust has no garbage collector.", "Assam is known for black tea."]
passages = client.embed(texts, "retrieval.passage")
query = client.embed(["Where is tea grown?"], "retrieval.query")

print(passages.vectors.shape, query.vectors.shape){shapes}
print(passages.space.id == query.space.id, passages.space.id)
```"""
FRAMEWORKS = """In LangChain (`pip install langchain-nova`):

```python
from langchain_nova import NovaEmbeddings

embeddings = NovaEmbeddings(model="{model}")
rows = embeddings.embed_documents(["Assam is known for black tea."])
row = embeddings.embed_query("Where is tea grown?")
print(len(rows), len(row)){widths}
```

In LlamaIndex (`pip install llama-index-embeddings-nova`):

```python
from llama_index.embeddings.nova import NovaEmbedding

embed_model = NovaEmbedding(model_name="{model}")
rows = embed_model.get_text_embedding_batch(["Assam is known for black tea."])
row = embed_model.get_query_embedding("Where is tea grown?")
print(len(rows), len(row)){widths}
```"""


class Trap(NamedTuple):
    """What a user stumbles over, and where that is known from."""

    text: str
    source: str


@dataclass(frozen=True, slots=True)
class Words:
    """One provider's.

    Args:
        title: how its makers call it.
        what: in a sentence.
        example: a model of its, without the prefix.
        models: whose tasks its page shows, by the names of their rows.
        variables: of the environment, with a value for the example.
        install: what is installed, as pip takes it.
        run: how a server of one's own is started; "" for a hosted one.
        keys: which variables LiteLLM reads; a dialect's row has its own.
        on_the_wire: how LiteLLM's names of parameters are spelt in the provider's request, where they differ.
        reasons: why an option is refused or emulated, where it is not the common reason.
        traps: what is good to know.
    """

    title: str
    what: str
    example: str
    models: tuple[str, ...]
    variables: Mapping[str, str] = field(hash=False)
    install: str = "nova-embeddings"
    run: str = ""
    keys: str = ""
    on_the_wire: Mapping[str, str] = field(default_factory=dict, hash=False)
    reasons: Mapping[Option, str] = field(default_factory=dict, hash=False)
    traps: tuple[Trap, ...] = ()
