"""What is good to know about each server that this library speaks to over its own connections? Words for its page."""

from __future__ import annotations

from nova_embeddings.dialects._page_words import QWEN3_ROWS, Trap, Words

_CARD = "the Nova model card"
_JINA = "Jina's OpenAPI description, April 2026"
_VLLM = "vLLM 0.33, read in source"
_JINA_ROWS = ("Jina v3", "Jina v4", "Jina v5 text small", "Jina v5 text nano", "Jina code embeddings")
_MERGED_ROWS = tuple(f"Jina v4 for vLLM, {family}" for family in ("retrieval", "text-matching", "code"))
_OPENAI_ROWS = tuple(f"OpenAI text-embedding-{name}" for name in ("3-small", "3-large", "ada-002"))
_OPEN_ROWS = ("BGE-M3", "BGE English v1.5", "E5", "Nomic", "Nomic v1", "Nomic v2", *QWEN3_ROWS)
_ADAPTER_IS_A_MODEL = "an adapter goes by a model's name there: give it as `model`"
_NO_FIELD_TO_CUT = "no field of a request says it"

SERVERS = {
    "nova": Words(
        "Nova",
        "The embedding model this library is made for: text, code and images, with a task and instructions for each.",
        "remodlai/nova-embeddings-v1",
        ("Nova",),
        {"NOVA_API_BASE": "http://localhost:8000/v1"},
        traps=(
            Trap(
                "No server at hand? `nova-embeddings serve` (extra `server`) is a reference server: the same requests "
                "and answers, other vectors.",
                "this library",
            ),
            Trap("Put no prompt before a text: the server has one for each task.", _CARD),
            Trap("A width cannot be asked for together with multi-vectors, which are 128 wide.", _CARD),
            Trap(
                "A plain vLLM in Nova's place ignores `task` and `instructions`, and answers 200. What stands at an "
                "address is told by `nova-embeddings doctor`.",
                _VLLM,
            ),
            Trap("Amazon has a Nova too, on Bedrock: another model, another space.", "AWS's model names"),
        ),
    ),
    "jina": Words(
        "Jina API",
        "Jina's hosted models: text, images (v4), late chunking and multi-vectors.",
        "jina-embeddings-v4",
        _JINA_ROWS,
        {"JINA_API_KEY": "your-key"},
        reasons={"adapter": "the API has none: its models choose theirs by task"},
        traps=(
            Trap("v4 takes a missing task for `text-matching`, silently; one is always sent here.", _JINA),
            Trap("`retrieval` and `code` without a side do not exist there, and are refused.", _JINA),
            Trap("An input is a text or an image, never both.", _JINA),
            Trap("Late chunking is for texts of v3 and v4; multi-vectors are v4's, and have no other width.", _JINA),
            Trap("Vectors of Jina v4 and of Nova are of different spaces: what a model sees differs.", _CARD),
            Trap(
                "LiteLLM's own `jina_ai/` drops inputs that are objects, once one of them is a data URI; this library "
                "does not use it.",
                "LiteLLM 1.106 and 1.109, read in source",
            ),
        ),
    ),
    "vllm": Words(
        "vLLM",
        "An OpenAI-like server of your own; for jina-embeddings-v4, one server for each family of tasks.",
        "jinaai/jina-embeddings-v4-vllm-retrieval",
        (*_MERGED_ROWS, *QWEN3_ROWS),
        {"NOVA_API_BASE": "http://localhost:8000/v1"},
        run="vllm serve jinaai/jina-embeddings-v4-vllm-retrieval --runner pooling",
        reasons={
            "adapter": _ADAPTER_IS_A_MODEL,
            "dimensions": "cut and normalised here: vLLM answers 400 if a checkpoint does not say it is Matryoshka",
            "late_chunking": "vLLM has it for token vectors, in a form that is not spelt here",
        },
        traps=(
            Trap("`jinaai/jina-embeddings-v4` itself does not load: take the merged checkpoint of a family.", _VLLM),
            Trap(
                "Another family's task is refused. Give a `model_list` with an entry for each server, and the task "
                "chooses among them: `model: hosted_lexiq_nova/<model>` with `dialect: vllm` in `litellm_params`, as "
                "[here](../how-to/route-by-task.md#one-vllm-server-for-each-family).",
                "the model cards of the merged checkpoints",
            ),
            Trap(
                "Text vectors are those of the model only with mean pooling (`--pooler-config`): the default takes the "
                "last token.",
                _VLLM,
            ),
            Trap("An image takes a call of its own.", _VLLM),
            Trap(
                "The merged checkpoints leave out the projector for multi-vectors: without it the token vectors are "
                "2048 wide, and raise `ResponseError`.",
                "the checkpoints' weights",
            ),
        ),
    ),
    "infinity": Words(
        "Infinity",
        "A server of your own for models with open weights; text.",
        "BAAI/bge-m3",
        _OPEN_ROWS,
        {"NOVA_API_BASE": "http://localhost:7997"},
        run="infinity_emb v2 --model-id BAAI/bge-m3",
        reasons={
            "images": "Infinity has them in a form of its own, which is not spelt here",
            "return_multivector": "Infinity's answer in base64 loses their shape; not spelt here",
            "truncate": "Infinity always cuts",
        },
        traps=(
            Trap("There is no `/v1` in its address, unless it was started with `--url-prefix`.", "Infinity 0.0.78"),
            Trap("It cuts a text that is too long, and does not say so.", "Infinity 0.0.78"),
            Trap("It narrows vectors without normalising them again; that is done here.", "Infinity 0.0.78"),
            Trap(
                "LiteLLM's own `infinity/` sends a name for the width that Infinity ignores; this library does not "
                "use it.",
                "LiteLLM 1.106, measured",
            ),
        ),
    ),
    "tei": Words(
        "Text Embeddings Inference",
        "Hugging Face's server, run by yourself, for models with open weights; text.",
        "BAAI/bge-m3",
        _OPEN_ROWS,
        {"NOVA_API_BASE": "http://localhost:8080"},
        run="text-embeddings-router --model-id BAAI/bge-m3 --port 8080",
        reasons={"return_multivector": "its `/embed_all` is not spelt here"},
        traps=(
            Trap("It ignores the model's name: a wrong one gets the wrong prefixes, and no error.", "TEI, git 0d124dc"),
            Trap("By default it cuts long inputs silently; here it is told not to.", "TEI, git 0d124dc"),
            Trap("It takes 32 inputs and 2 MB a request unless it was started with other limits.", "TEI, git 0d124dc"),
        ),
    ),
    "ollama": Words(
        "Ollama",
        "Models with open weights on your own machine; text.",
        "nomic-embed-text",
        ("Nomic", "Nomic v2", "BGE-M3", "mxbai large", *QWEN3_ROWS, "EmbeddingGemma", "Jina v4 as GGUF"),
        {},
        run="ollama pull nomic-embed-text",
        traps=(
            Trap(
                "Its `/v1/embeddings` cuts long inputs silently; `/api/embed` is asked here, and told not to.",
                "Ollama's API reference",
            ),
            Trap("It puts no prefix before a text; this library does.", "Ollama's API reference"),
            Trap("jina-embeddings-v4 as GGUF is text only, and has no multi-vectors.", "the model's GGUF cards"),
        ),
    ),
    "sglang": Words(
        "SGLang",
        "A server of your own; text, images, and both in one input, as Nova has them.",
        "Qwen/Qwen3-Embedding-0.6B",
        (*QWEN3_ROWS, "gte-Qwen2", "E5 instruct", "BGE-M3"),
        {"NOVA_API_BASE": "http://localhost:30000/v1"},
        run="python -m sglang.launch_server --model-path Qwen/Qwen3-Embedding-0.6B --is-embedding",
        reasons={"adapter": _ADAPTER_IS_A_MODEL, "truncate": _NO_FIELD_TO_CUT},
        traps=(
            Trap("It answers with the path of the model as its name; that is not compared.", "SGLang 0.5.23"),
            Trap("It refuses an empty text with 400.", "SGLang 0.5.23"),
        ),
    ),
    "openai": Words(
        "OpenAI",
        "OpenAI's hosted text models. One space for all tasks: nothing is sent for a task.",
        "text-embedding-3-small",
        _OPENAI_ROWS,
        {"OPENAI_API_KEY": "your-key"},
        reasons={"truncate": _NO_FIELD_TO_CUT},
        traps=(
            Trap("text-embedding-ada-002 was not trained for narrower vectors.", "OpenAI's embeddings reference"),
            Trap(
                "LiteLLM's own `openai/` asks three times on 429, whatever it is told; this library does not use it.",
                "LiteLLM 1.106, measured",
            ),
        ),
    ),
    "mistral": Words(
        "Mistral",
        "Mistral's hosted embedding models; text and code. One space for all tasks: nothing is sent for a task.",
        "mistral-embed",
        ("Mistral embed",),
        {"MISTRAL_API_KEY": "your-key"},
        reasons={"truncate": _NO_FIELD_TO_CUT},
        traps=(
            Trap("`mistral-embed` and `codestral-embed` are two models, and two spaces.", "the names of the models"),
            Trap(
                "LiteLLM's own `mistral/` asks three times, whatever it is told; this library does not use it. Nor is "
                "its `MISTRAL_API_BASE` read: give another address as `api_base=`.",
                "LiteLLM 1.106, measured",
            ),
        ),
    ),
    "openai-like": Words(
        "Any server with OpenAI's interface",
        "For servers that have `/embeddings` as OpenAI does, and no dialect of their own here.",
        "BAAI/bge-large-en-v1.5",
        _OPEN_ROWS,
        {"NOVA_API_BASE": "http://localhost:8080/v1"},
        reasons={"truncate": _NO_FIELD_TO_CUT},
        traps=(
            Trap(
                "Prefixes are put before texts here. A server that adds its own as well would add them twice: use "
                "`add_model` to say that the model needs none.",
                "how the requests are spelt",
            ),
            Trap(
                "A server that ignores `dimensions` answers with the model's width, and that raises `ResponseError`.",
                "how answers are checked",
            ),
        ),
    ),
}
"""By the name of the dialect."""
