"""Is the first part of a model's name a prefix that was misspelt, or an owner, as on Hugging Face?

A name without one of the known prefixes is a model of Nova's: it goes to Nova's address, with Nova's key. So some first
parts are refused before a call:

* what is nearly a known prefix, in whatever case (`Openai/`, `opanai/`, `jina-ai/`): always;
* owners whose names are nearly a prefix (`jinaai/`, `mistralai/`), and LiteLLM's other providers (`together_ai/`), of
  which some are owners too (`snowflake/`): unless `api_base=` says where such an `owner/model` is served; a provider
  before an owner (`together_ai/BAAI/bge-m3`) is none.

Any other `owner/model` may be what a Nova server calls its model. `hosted_lexiq_nova/` before a name always says so.
"""

from __future__ import annotations

import difflib

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._options import HOSTED, OWN_PROVIDERS
from nova_embeddings._secrets import brief
from nova_embeddings.dialects._litellm_providers import PROVIDERS
from nova_embeddings.dialects._servers import DIALECTS, NOVA_DIALECT

_CLOSE = 0.8
_OWNERS = frozenset({"jinaai", "mistralai", "sentence_transformers", "voyageai"})
"""On Hugging Face: their names are nearly a prefix."""
_OF_LITELLM = """
    a2a a2a_agent ai21 ai21_chat aiml aiohttp_openai amazon_nova anthropic anthropic_text apertis assemblyai auto_router
    aws_polly aws_textract azure_ai azure_speech azure_text baseten bedrock_mantle black_forest_labs bytez cerebras
    charity_engine chatgpt chutes clarifai cloudflare codestral cognition cohere_chat cometapi compactifai cortecs
    cursor custom custom_openai darkbloom dashscope databricks datarobot deepgram deepinfra deepseek docker_model_runner
    dotprompt edenai elevenlabs empower fal_ai featherless_ai fireworks_ai friendliai galadriel gdc gigachat github
    github_copilot gradient_ai groq helicone heroku humanloop hyperbolic inception lambda_ai langflow langfuse langgraph
    lemonade libertai litellm_agent litellm_proxy llamafile lm_studio manus maritalk meta meta_llama milvus minimax
    modelscope mongodb moonshot morph nadir nano_gpt nebius neosantara nlp_cloud novita nscale nvidia_nim nvidia_riva
    oci ollama_chat oobabooga openrouter ovhcloud parasail perplexity petals pg_vector pinstripes poe predibase prism
    publicai qwen_ai_platform qwencloud ragflow recraft reducto reka replicate runwayml s3_vectors sagemaker
    sagemaker_chat sagemaker_nova sail sambanova sap scaleway scx_ai snowflake soniox stability strands_decider
    synthetic tencent tensormesh text_completion_codestral text_completion_inception text_completion_openai together_ai
    topaz transcribe triton typesafe v0 valkey vercel_ai_gateway vertex_ai_beta volcengine wandb watsonx watsonx_text
    xai xiaomi_mimo xinference zai
"""
_ELSEWHERE = frozenset(_OF_LITELLM.split())
"""Providers of LiteLLM's that are no prefix here. Source: litellm 1.106.2, `provider_list`, which is slow to import."""


def refuse_misspelt(model: str, *, addressed: bool) -> None:
    """Refuse a name whose first part is hardly an owner; no prefix of ours is before it.

    Args:
        model: the name.
        addressed: the caller says at which address it is.

    Raises:
        ConfigurationError: naming the known prefixes, and which of them may be meant.
    """
    first, slash, rest = model.partition("/")
    if not slash:
        return
    plain, known = _plain(first), {_plain(name): name for name in _known()}
    near = difflib.get_close_matches(plain, known, n=1, cutoff=_CLOSE)
    owner = plain in _OWNERS or (plain in _ELSEWHERE and not near)
    if (owner and addressed and "/" not in rest) or not (owner or near):
        return
    meant = f"did you mean {known[near[0]]!r}? " if near else ""
    where = " or give the server's address as api_base=" if owner and "/" not in rest else ""
    message = (
        f"model={brief(model)}: {brief(first)} is no prefix of a provider that is known here; {meant}known are "
        f"{', '.join(sorted(known.values()))}. If a Nova server calls its model so, put {HOSTED}/ before it{where}; "
        "openai-like/ reaches any server with OpenAI's interface"
    )
    raise ConfigurationError(message)


def _known() -> list[str]:
    rows = [row for row in DIALECTS.values() if row is not NOVA_DIALECT]
    return [*OWN_PROVIDERS, *PROVIDERS, *(row.name for row in rows), *(name for row in rows for name in row.prefixes)]


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
