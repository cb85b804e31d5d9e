"""Nova in LiteLLM: two providers, and routing by task for Routers and proxies.

Importing this module imports litellm and makes the providers known to it, so that a Router may name them; then
`install(router)` has it route by task. In a proxy's `config.yaml`:

    model_list:
      - model_name: nova-embeddings-v1
        litellm_params:
          model: hosted_lexiq_nova/remodlai/nova-embeddings-v1
          api_base: http://nova-retrieval:8000/v1
          task: retrieval          # then the same for text-matching and code
    litellm_settings:
      custom_provider_map:
        - {provider: hosted_lexiq_nova, custom_handler: nova_embeddings.litellm_plugin.provider}
        - {provider: lexiq_nova, custom_handler: nova_embeddings.litellm_plugin.provider}
      callbacks: [nova_embeddings.litellm_plugin.hooks]
"""

from nova_embeddings.litellm_plugin._hooks import hooks
from nova_embeddings.litellm_plugin._provider import provider, register
from nova_embeddings.litellm_plugin._proxy import check_config, check_running_proxy
from nova_embeddings.litellm_plugin._routers import install

__all__ = ["check_config", "hooks", "install", "provider", "register"]

register()
check_running_proxy()
