"""Search in two frameworks' own vector stores, each filled and asked through its own integration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from langchain_core.vectorstores import InMemoryVectorStore
from llama_index.core import VectorStoreIndex
from llama_index.core.schema import BaseNode, ImageNode, TextNode

from demo.passages import Kind, Passage
from langchain_nova import NovaEmbeddings
from llama_index.embeddings.nova import NovaEmbedding

if TYPE_CHECKING:
    from nova_embeddings import Family

# as wide as the stand-in's own vectors; the model's default is 2048, and stores of Python lists would need 1 GB
DIMENSIONS = 256
FAMILIES: dict[Kind, Family] = {"text": "retrieval", "code": "code", "chart": "retrieval"}
MOST_HITS = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, and its score."""

    passage: Passage
    score: float


Search: TypeAlias = Callable[[str], list[Hit]]
Fill: TypeAlias = Callable[[str, Kind, Sequence[Passage], str], Search]


def with_langchain(api_base: str, kind: Kind, passages: Sequence[Passage], instructions: str) -> Search:
    """Fill an `InMemoryVectorStore` and return how to search it."""
    embeddings = NovaEmbeddings(
        api_base=api_base, task=FAMILIES[kind], dimensions=DIMENSIONS, instructions=instructions
    )
    store = InMemoryVectorStore(embeddings)
    texts = {str(number): passage.text for number, passage in enumerate(passages) if not passage.image}
    store.add_texts(list(texts.values()), ids=list(texts))
    images = {str(number): str(passage.image) for number, passage in enumerate(passages) if passage.image}
    for number, vector in zip(images, embeddings.embed_images(list(images.values())), strict=True):
        # this store has no `add_images`, as others have
        store.store[number] = {"id": number, "vector": vector, "text": images[number], "metadata": {}}

    def search(question: str) -> list[Hit]:
        found = store.similarity_search_with_score(question, MOST_HITS)
        return [Hit(passages[int(document.id or 0)], score) for document, score in found]

    return search


def with_llamaindex(api_base: str, kind: Kind, passages: Sequence[Passage], instructions: str) -> Search:
    """Fill a `VectorStoreIndex` on a `SimpleVectorStore` and return how to search it."""
    embedding = NovaEmbedding(api_base=api_base, task=FAMILIES[kind], dimensions=DIMENSIONS, instructions=instructions)
    nodes = embedding([_node(str(number), passage) for number, passage in enumerate(passages)])
    index = VectorStoreIndex(nodes, embed_model=embedding)
    retriever = index.as_retriever(similarity_top_k=MOST_HITS)

    def search(question: str) -> list[Hit]:
        return [Hit(passages[int(found.node_id)], found.get_score()) for found in retriever.retrieve(question)]

    return search


def _node(number: str, passage: Passage) -> BaseNode:
    if passage.image:
        # the index drops nodes without text or metadata; the vector is the image's alone
        return ImageNode(id_=number, image_path=str(passage.image), metadata={"file": passage.image.name})
    return TextNode(id_=number, text=passage.text)


FRAMEWORKS: dict[str, Fill] = {"LangChain": with_langchain, "LlamaIndex": with_llamaindex}
