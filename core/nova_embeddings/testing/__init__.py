"""Helpers for the tests of those who use this library: a server of their own, without a model, a key or a network."""

from nova_embeddings.testing._serving import RunningServer, serving

__all__ = ["RunningServer", "serving"]
