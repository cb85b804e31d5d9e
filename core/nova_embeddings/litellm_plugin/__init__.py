"""Nova as LiteLLM custom providers: `hosted_lexiq_nova/<model>` (HTTP) and `lexiq_nova/<engine>` (in process).

Importing this module imports litellm. In a LiteLLM proxy's `config.yaml`:

    litellm_settings:
      custom_provider_map:
        - {provider: hosted_lexiq_nova, custom_handler: nova_embeddings.litellm_plugin.provider}
        - {provider: lexiq_nova, custom_handler: nova_embeddings.litellm_plugin.provider}
"""

from nova_embeddings.litellm_plugin._provider import provider, register

__all__ = ["provider", "register"]
