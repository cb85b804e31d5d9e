"""What is good to know about each provider that is reached through LiteLLM? Words for its page."""

from __future__ import annotations

from nova_embeddings.dialects._page_words import QWEN3_ROWS, Trap, Words

_LITELLM = "LiteLLM 1.106, read in source"
_MEASURED = "LiteLLM 1.106, measured"
_VERTEX = "Google Cloud's page about text embeddings"
_OPENAI_ROWS = tuple(f"OpenAI text-embedding-{name}" for name in ("3-small", "3-large", "ada-002"))

HOSTED = {
    "azure": Words(
        "Azure OpenAI",
        "OpenAI's text models in a resource of yours on Azure. One space for all tasks: nothing is sent for a task.",
        "text-embedding-3-small",
        _OPENAI_ROWS,
        {"AZURE_API_BASE": "https://my-resource.openai.azure.com", "AZURE_API_KEY": "your-key"},
        keys="`AZURE_API_KEY`, or `AZURE_AD_TOKEN`; the address from `AZURE_API_BASE`, the version of the API from "
        "`AZURE_API_VERSION`",
        traps=(
            Trap(
                "The model is the name of your deployment. A deployment that is not called as its model is refused "
                "(what it was trained to see is not known): describe it with `add_model`.",
                "how models are looked up",
            ),
            Trap(
                "Vectors of Azure and of OpenAI itself count as two spaces; `compare` tells if they are one.", "spaces"
            ),
        ),
    ),
    "gemini": Words(
        "Gemini API",
        "Google's hosted embedding models, by an API key of AI Studio; text.",
        "gemini-embedding-001",
        ("Gemini embedding 001", "Gemini embedding 2"),
        {"GEMINI_API_KEY": "your-key"},
        keys="`GOOGLE_API_KEY`, else `GEMINI_API_KEY`; another address from `GEMINI_API_BASE`",
        on_the_wire={"task_type": "taskType", "dimensions": "outputDimensionality"},
        traps=(
            Trap(
                "What is narrower than 3072 comes without being normalised; that is done here.",
                "Google's page about embeddings",
            ),
            Trap(
                "gemini-embedding-2 takes no `task_type`: its task stands before the text, and is put there.",
                "mteb's google_gemini.py, which cites Google",
            ),
        ),
    ),
    "vertex_ai": Words(
        "Vertex AI",
        "Google Cloud's embedding models, in a project of yours; text.",
        "text-embedding-005",
        ("Vertex text embeddings", "Gemini embedding 001"),
        {"VERTEXAI_PROJECT": "my-project", "VERTEXAI_LOCATION": "us-central1"},
        install='nova-embeddings "litellm[google]"',
        keys="the application default credentials of Google Cloud, or the file in `VERTEXAI_CREDENTIALS`; another "
        "address from `VERTEXAI_API_BASE`",
        on_the_wire={"dimensions": "outputDimensionality"},
        traps=(
            Trap("gemini-embedding-001 takes one text a request here, and is sent one.", _VERTEX),
            Trap("A text of more than 2,048 tokens is cut silently, which cannot be turned off here.", _VERTEX),
            Trap("A request takes 20,000 tokens: with long texts, give a smaller `batch_size`.", _VERTEX),
        ),
    ),
    "cohere": Words(
        "Cohere",
        "Cohere's hosted embedding models; text.",
        "embed-v4.0",
        ("Cohere embed v4", "Cohere embed v3"),
        {"COHERE_API_KEY": "your-key"},
        keys="`COHERE_API_KEY`, else `CO_API_KEY`",
        on_the_wire={"dimensions": "output_dimension"},
        traps=(
            Trap("LiteLLM takes a missing `input_type` for `search_document`, silently; one is always sent.", _LITELLM),
            Trap("Only v4 can be narrowed.", "Cohere's embed reference"),
        ),
    ),
    "voyage": Words(
        "Voyage AI",
        "Voyage's hosted embedding models; text.",
        "voyage-3.5",
        ("Voyage", "Voyage, of one width", "Voyage 3 lite"),
        {"VOYAGE_API_KEY": "your-key"},
        keys="`VOYAGE_API_KEY`, `VOYAGE_AI_API_KEY` or `VOYAGE_AI_TOKEN`",
        on_the_wire={"dimensions": "output_dimension"},
        traps=(
            Trap("The server puts prompts of its own before texts, by `input_type`: add none.", "Voyage's OpenAPI"),
            Trap("For tasks that are no search nothing is sent, as its reference says.", "Voyage's OpenAPI"),
            Trap("A key that begins with `al-` is MongoDB's, and LiteLLM asks `ai.mongodb.com` then.", _LITELLM),
        ),
    ),
    "bedrock": Words(
        "Amazon Bedrock",
        "Embedding models of Amazon and of Cohere, in your AWS account; text.",
        "amazon.titan-embed-text-v2:0",
        ("Titan v2", "Cohere embed v4", "Cohere embed v3", "Amazon Nova multimodal"),
        {"AWS_BEARER_TOKEN_BEDROCK": "your-key", "AWS_REGION_NAME": "us-east-1"},
        keys="what boto3 reads (`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, `AWS_PROFILE`, a role), or a Bedrock "
        "key in `AWS_BEARER_TOKEN_BEDROCK`; the region from `AWS_REGION_NAME`",
        traps=(
            Trap("Amazon Nova is not the Nova of this library.", "AWS's model names"),
            Trap("Titan takes one text a request: LiteLLM sends a batch one after another.", _LITELLM),
            Trap("Cohere's names begin with `cohere.` here: `bedrock/cohere.embed-v4:0`.", "AWS's model names"),
        ),
    ),
    "huggingface": Words(
        "Hugging Face Inference",
        "Models with open weights, served by Hugging Face; text.",
        "BAAI/bge-m3",
        ("BGE-M3", "BGE English v1.5", "E5", *QWEN3_ROWS),
        {"HUGGINGFACE_API_KEY": "your-key"},
        keys="`HUGGINGFACE_API_KEY`; an endpoint of yours from `HF_API_BASE`",
        reasons={"dimensions": "cut and normalised here, for models that were trained for it (below)"},
        traps=(
            Trap(
                "LiteLLM else asks the hub what a model is for, with every call; it is told, and does not.", _MEASURED
            ),
            Trap("`HF_TOKEN` alone is not read: LiteLLM wants `HUGGINGFACE_API_KEY`.", _LITELLM),
        ),
    ),
}
"""By the prefix."""
