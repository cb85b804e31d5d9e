"""The reference server: Nova's API over an engine in this process. It is not the Nova model."""

try:
    from nova_embeddings.server._app import create_app
    from nova_embeddings.server._running import Running
except ModuleNotFoundError as error:
    message = (
        f"the reference server needs a package that is not installed ({error.name}): "
        "pip install 'nova-embeddings[local,server]'"
    )
    raise ModuleNotFoundError(message, name=error.name) from None
from nova_embeddings.server._settings import Settings

__all__ = ["Running", "Settings", "create_app"]
