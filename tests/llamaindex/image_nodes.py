"""Nodes with images, of every kind that LlamaIndex has, and what a server should get for them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from llama_index.core.schema import Document, ImageDocument, ImageNode, MediaResource, Node

from tests.core.pictures import drawn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llama_index.core.schema import BaseNode

    from tests.fake_nova import FakeNova

    Make = Callable[[Path, str | None], BaseNode]

ADDRESS = "https://images.example.com/a.png"


def encoded(data: bytes) -> str:
    """Return bytes as they stand on the wire."""
    return base64.b64encode(data).decode()


def resource(text: str | None) -> MediaResource | None:
    """Return a text as a Node takes it."""
    return None if text is None else MediaResource(text=text)


def image_document(path: Path, text: str | None, **_: Any) -> ImageDocument:
    """Return a document of a file; LlamaIndex's constructor takes no text where there is none."""
    return ImageDocument(image_path=str(path), **({} if text is None else {"text": text}))


KINDS: dict[str, Make] = {
    "ImageNode-path": lambda path, text: ImageNode(image_path=str(path), text=text or ""),
    "ImageNode-base64": lambda path, text: ImageNode(image=encoded(path.read_bytes()), text=text or ""),
    "ImageNode-data-uri": lambda path, text: ImageNode(
        image_url=f"data:image/png;base64,{encoded(path.read_bytes())}", text=text or ""
    ),
    "ImageDocument": image_document,
    "Node-path": lambda path, text: Node(image_resource=MediaResource(path=path), text_resource=resource(text)),
    "Node-bytes": lambda path, text: Node(
        image_resource=MediaResource(data=path.read_bytes()), text_resource=resource(text)
    ),
    "Document": lambda path, text: Document(
        image_resource=MediaResource(path=path), text_resource=resource(text) or MediaResource(text="")
    ),
}
LINKS: dict[str, BaseNode] = {
    "ImageNode": ImageNode(image_url=ADDRESS),
    "Node": Node(image_resource=MediaResource(url=ADDRESS)),  # type: ignore[arg-type]  # pydantic makes it one
}


def picture(folder: Path, color: str = "teal") -> Path:
    """Write a small picture and return its path."""
    path = folder / f"{color}.png"
    path.write_bytes(drawn(color))
    return path


def sent(nova: FakeNova) -> list[dict[str, Any]]:
    """Return text and image of all inputs that a server got."""
    shown = ("text", "image")
    return [{name: item[name] for name in shown if name in item} for seen in nova.seen for item in seen.items]
