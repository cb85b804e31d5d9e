"""The text that stands in a picture, read by OCR (`rapidocr`, extra `local-images`); nothing is downloaded.

Its models (PP-OCRv6) lie inside the wheel, and each is named by its path: left to itself, rapidocr 3.10
downloads a model whose checksum it does not like. Its logger, which prints absolute paths, is silenced.
"""

from __future__ import annotations

import hashlib
import math
import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._images import pillow
from nova_embeddings.engines._seeing import upright

if TYPE_CHECKING:
    from PIL import Image as Pillow
    from rapidocr import RapidOCR

_MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}
# threads of onnxruntime wait by spinning, twice as slow on a busy machine, and hang a process that was forked off
_THREADS = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
_LONGEST_SIDE = 2000  # pixels; it reads no larger picture, and scaled down here it never holds a large one
_MOST_LENGTHS = 4  # it scales a picture up until its short side has 736 pixels: a strip would fill the memory
_MOST_KNOWN = 512


class TextReader:
    """Reads one picture at a time, since its steps share state; the texts of the last pictures are kept."""

    def __init__(self) -> None:
        """Load nothing yet: whoever embeds no picture needs no OCR."""
        self._forget()
        if hasattr(os, "register_at_fork"):  # whoever held the lock stays behind
            os.register_at_fork(after_in_child=self._forget)

    def text_in(self, picture: bytes) -> str:
        """Return the lines of text in a picture from top to bottom; empty if none can be read.

        Raises:
            ConfigurationError: a package is not installed.
            InputError: OCR fails on the picture.
        """
        key = hashlib.sha256(picture).digest()
        with self._lock:
            if key not in self._known:
                self._known[key] = self._read(picture)
                while len(self._known) > _MOST_KNOWN:
                    self._known.popitem(last=False)
            self._known.move_to_end(key)
            return self._known[key]

    def _forget(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, str] = OrderedDict()
        self._ocr: RapidOCR | None = None

    def _read(self, picture: bytes) -> str:
        self._ocr = self._ocr or _load()
        shown = upright(picture)
        shown.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
        try:
            found = self._ocr(_widened(shown))
        except Exception as error:  # noqa: BLE001 (it has no base for its errors, and their texts name paths)
            message = f"has an image on which OCR fails ({type(error).__name__}); leave it out"
            raise InputError(message) from None
        return "\n".join(getattr(found, "txts", None) or ()).strip()


def _widened(picture: Pillow.Image) -> Pillow.Image:
    """Return the picture, a strip with a margin in the colour of its corner."""
    width, height = picture.size
    size = max(width, math.ceil(height / _MOST_LENGTHS)), max(height, math.ceil(width / _MOST_LENGTHS))
    if size == picture.size:
        return picture
    canvas: Pillow.Image = pillow().new(picture.mode, size, picture.getpixel((0, 0)))
    canvas.paste(picture)
    return canvas


def _load() -> RapidOCR:
    try:
        import onnxruntime  # type: ignore[import-untyped]  # noqa: F401, PLC0415 (of the extra; imported late otherwise)
        import rapidocr  # noqa: PLC0415 (of the extra `local-images`)
    except ImportError as error:
        message = (
            "the wordllama engine reads images by OCR, which needs a package that is not installed "
            f"({error.name}): pip install 'nova-embeddings[local-images]'"
        )
        raise ConfigurationError(message) from None
    folder = Path(rapidocr.__file__).with_name("models")
    missing = [name for name in _MODELS.values() if not (folder / name).is_file()]
    if missing:
        message = f"the installed rapidocr has no model {missing[0]}; install rapidocr>=3.10,<4"
        raise ConfigurationError(message)
    paths = {f"{part}.model_path": str(folder / name) for part, name in _MODELS.items()}
    return rapidocr.RapidOCR(params={**paths, **_THREADS, "Global.log_level": "critical"})
