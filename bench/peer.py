"""One peer's embedding class in its own environment: what does it cost? It imports nothing of this library."""

import json
import os
import resource
import sys
import time

_KEY = "none"
_WARM_UP = 256


def langchain_openai(api_base, batch_size):
    """LangChain's class for OpenAI."""
    from langchain_openai import OpenAIEmbeddings

    options = {"check_embedding_ctx_length": False, "chunk_size": batch_size}
    return OpenAIEmbeddings(model="prebuilt", base_url=api_base, api_key=_KEY, **options).embed_documents


def openai_sdk(api_base, batch_size):
    """OpenAI's own client, in a loop."""
    from openai import OpenAI

    client = OpenAI(base_url=api_base, api_key=_KEY)

    def embed(texts):
        found = []
        for start in range(0, len(texts), batch_size):
            reply = client.embeddings.create(model="prebuilt", input=texts[start : start + batch_size])
            found += [row.embedding for row in reply.data]
        return found

    return embed


def langchain_litellm(api_base, batch_size):
    """LangChain's class for LiteLLM."""
    from langchain_litellm import LiteLLMEmbeddings

    model = LiteLLMEmbeddings(model="hosted_vllm/prebuilt", api_base=api_base, api_key=_KEY)
    return lambda texts: _batched(model.embed_documents, texts, batch_size)


def litellm_embedding(api_base, batch_size):
    """`litellm.embedding`, in a loop."""
    import litellm

    def embed(texts):
        reply = litellm.embedding("hosted_vllm/prebuilt", input=texts, api_base=api_base, api_key=_KEY)
        return [row["embedding"] for row in reply.data]

    return lambda texts: _batched(embed, texts, batch_size)


def llamaindex_openai(api_base, batch_size):
    """LlamaIndex's class for servers like OpenAI."""
    from llama_index.embeddings.openai_like import OpenAILikeEmbedding

    model = OpenAILikeEmbedding(
        model_name="prebuilt", api_base=api_base, api_key=_KEY, embed_batch_size=batch_size, num_workers=1
    )
    return model.get_text_embedding_batch


def llamaindex_litellm(api_base, batch_size):
    """LlamaIndex's class for LiteLLM."""
    from llama_index.embeddings.litellm import LiteLLMEmbedding

    options = {"api_base": api_base, "api_key": _KEY, "embed_batch_size": batch_size}
    return LiteLLMEmbedding(model_name="hosted_vllm/prebuilt", **options).get_text_embedding_batch


def llamaindex_jina(api_base, batch_size):
    """LlamaIndex's class for Jina."""
    from llama_index.embeddings.jinaai import JinaEmbedding

    model = JinaEmbedding(
        api_key=_KEY, model="prebuilt", base_url=f"{api_base}/embeddings", embed_batch_size=min(batch_size, 2048)
    )
    return model.get_text_embedding_batch


def _batched(embed, texts, batch_size):
    found = []
    for start in range(0, len(texts), batch_size):
        found += embed(texts[start : start + batch_size])
    return found


def _cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    """Embed once after a warm-up, and print what that cost."""
    name, api_base, texts, batch_size = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    embed = globals()[name](api_base, batch_size)
    corpus = [f"Passage {number}: a short text, about as long as a title." for number in range(texts)]
    embed(corpus[:_WARM_UP])
    cpu, wall = _cpu(), time.perf_counter()
    found = embed(corpus)
    cpu, wall = _cpu() - cpu, time.perf_counter() - wall
    if len(found) != texts:
        message = f"{len(found)} vectors for {texts} texts"
        raise RuntimeError(message)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"cpu": cpu, "wall": wall, "peak": peak * (1 if sys.platform == "darwin" else 1024) / 2**20}))


if __name__ == "__main__":
    main()
