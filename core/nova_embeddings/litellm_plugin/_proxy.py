"""Is a proxy's configuration what it seems? Looked at once, when the proxy imports this package from its config."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from litellm.router import Router

from nova_embeddings._errors import ConfigurationError
from nova_embeddings.litellm_plugin._deployments import check_entries, check_same_engine, is_nova, tasks_of, unknown_key
from nova_embeddings.litellm_plugin._routers import check_strategy, warn_of_risks

if TYPE_CHECKING:
    from collections.abc import Mapping

_HOOKS = "nova_embeddings.litellm_plugin.hooks"
_PROXY_ONLY = frozenset({"health_check_interval", "health_check_concurrency"})  # LiteLLM says where they belong


def check_running_proxy() -> None:
    """Refuse to be loaded into a LiteLLM proxy whose configuration would not do what it says.

    Raises:
        ConfigurationError: naming the key; the proxy does not start.
    """
    proxy = sys.modules.get("litellm.proxy.proxy_server")  # looked at, never imported
    settings = getattr(proxy, "proxy_config", None)
    if settings is not None:
        check_config(settings.get_config_state())


def check_config(config: Mapping[str, Any]) -> None:
    """Refuse a proxy's configuration in which LiteLLM would ignore a key that task routing depends on.

    Args:
        config: what `config.yaml` holds.

    Raises:
        ConfigurationError: naming the deployment or section, and the key.
    """
    entries = config.get("model_list") or []
    check_entries(entries)
    nova = [entry for entry in entries if is_nova(entry)]
    if not nova:
        return
    settings = config.get("router_settings") or {}
    known = {*Router.get_valid_args(), *_PROXY_ONLY}
    for key in settings:
        if key not in known:
            raise unknown_key(key, known, "router_settings")
    check_strategy(settings.get("routing_strategy", "simple-shuffle"))
    _check_hooks(config.get("litellm_settings") or {}, nova)
    own = config.get("litellm_settings") or {}
    kinds = ("fallbacks", "context_window_fallbacks")
    fallbacks = [rule for each in (settings, own) for kind in kinds for rule in each.get(kind) or ()]
    groups = sorted({str(entry.get("model_name")) for entry in nova})
    for group in groups:
        check_same_engine(group, [entry for entry in entries if str(entry.get("model_name")) == group])
    warn_of_risks(fallbacks, groups, own)


def _check_hooks(settings: Mapping[str, Any], nova: list[Mapping[str, Any]]) -> None:
    callbacks = settings.get("callbacks") or []
    if _HOOKS not in ([callbacks] if isinstance(callbacks, str) else callbacks) and any(map(tasks_of, nova)):
        message = (
            f"deployments say which task they serve, and nothing routes by it: add {_HOOKS} to "
            "litellm_settings.callbacks"
        )
        raise ConfigurationError(message)
