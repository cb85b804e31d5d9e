"""What does a dict of a model say about a client, router or model list, and how is it read again?"""

from collections.abc import Mapping
from typing import Any

from llama_index.embeddings.nova._options import OF_CLIENT
from nova_embeddings import ConfigurationError
from nova_embeddings.integration import is_routed

_WAY, _ENCODES = "made_with", "encode_id"


def written(options: Mapping[str, Any], way: str | None, encode_id: str) -> dict[str, Any]:
    """Return a model's options with the name of its way; what a client decides is left out, but for the model.

    Args:
        options: those that may be written down.
        way: "client", "router", "model_list", or None for none of them.
        encode_id: how the model turns a text into a vector: without it two models over clients would look alike.
    """
    if way is None:
        return dict(options)
    left_out = {*OF_CLIENT} - {"model_name"} if way == "client" else set()
    kept = {name: value for name, value in options.items() if name not in left_out}
    return {**kept, _WAY: way, _ENCODES: encode_id}


def read_again(data: Mapping[str, Any], beside: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a dict of a model holds.

    Raises:
        ConfigurationError: it was made with a client, router or model list, which is not given beside it.
    """
    way = data.get(_WAY)
    if way is not None and not is_routed(beside):
        message = f"the model was made with {way}=, which is in no dict or JSON; give it again, by keyword: {way}=..."
        raise ConfigurationError(message)
    return {name: value for name, value in data.items() if name not in {_WAY, _ENCODES}}
