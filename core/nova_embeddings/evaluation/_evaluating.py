"""How good is a search, and do instructions help it? Embeds, ranks and measures each variant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nova_embeddings._options import check_on_error
from nova_embeddings.evaluation._embedding import Options, embedder_of
from nova_embeddings.evaluation._extra import needed
from nova_embeddings.evaluation._judging import fit
from nova_embeddings.evaluation._measuring import scores_of
from nova_embeddings.evaluation._metrics import DEFAULT_K, cutoffs
from nova_embeddings.evaluation._ranking import DEPTH, rankings
from nova_embeddings.evaluation._report import Report
from nova_embeddings.evaluation._variants import variants_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nova_embeddings._options import OnError
    from nova_embeddings._tasks import Family
    from nova_embeddings.evaluation._embedding import Embedder, Side
    from nova_embeddings.evaluation._judging import Inputs, Judged, Qrels
    from nova_embeddings.evaluation._report import Scores
    from nova_embeddings.evaluation._variants import Instructions, Sides, Variant


def evaluate_retrieval(
    embeddings: object,
    queries: Inputs,
    corpus: Inputs,
    qrels: Qrels,
    instructions: Instructions = None,
    k: int | Iterable[int] = DEFAULT_K,
    *,
    sides: Sides = "both",
    task: Family = "retrieval",
    return_multivector: bool = False,
    dimensions: int | None = None,
    adapter: str | None = None,
    on_error: OnError = "raise",
    seed: int = 0,
    show_progress: bool = False,
) -> Report:
    """Measure how well queries find their documents, under one or several instructions.

    Metrics, each at every k where it has one, with trec_eval's numbers (through ir-measures), as means over the judged
    queries:

    * nDCG@k: gains are the grades. P@k: relevant ones among the first k, divided by k. Recall@k. MRR and MAP over the
      first 1,000 documents (or the largest k, if that is more).
    * Hit@k: 1 if any relevant document is among the first k.
    * EM@k (exact match): 1 if a document of the highest grade that the query's judgements give is among the first k.
      With one grade for all it equals Hit@k; with several, "roughly right" does not count.

    Every document is scored: by cosine, or by MaxSim with `return_multivector`. The corpus is embedded once for each
    distinct text of instructions on its side, the queries likewise. With a client that has a `cache=`, what was
    embedded is never embedded again, also after an interruption. All vectors of one side are held in memory.

    Args:
        embeddings: a `NovaClient`; or what has `embed_documents` and `embed_query` (LangChain) or
            `get_text_embedding_batch` and `get_query_embedding` (LlamaIndex): then texts only, and instructions only
            for Nova's own classes.
        queries: by id, or pairs (id, query): whatever `NovaClient.embed` takes. Those without judgement are left out.
        corpus: likewise; images too.
        qrels: `{query id: {document id: grade}}` (1 and more: relevant), `{query id: [relevant document ids]}`, or
            triples (query id, document id, grade).
        instructions: None for those that the client has; one text, measured alone; or several by name, compared with
            the first without a text (None or ""), or with one named "none" that is added. Of a mapping, a variant
            without a text switches the client's own off.
        k: cutoffs.
        sides: "both" gives queries and documents the same instructions, as the model card's guide advises, and embeds
            the corpus for each; "query" leaves documents without, so that one index serves all variants.
        task: the family: retrieval, code or text-matching.
        return_multivector: one vector a token, compared by MaxSim.
        dimensions: width of dense vectors; default: the client's.
        adapter: a LoRA adapter; default: the family's.
        on_error: "skip" leaves out what cannot be embedded: a document is then found by nobody, a query counts as 0;
            `Scores.left_out` and the tables say so. Queries for which no document is relevant are not counted then
            (`Report.no_relevant`; trec_eval counts them as 0), and judged documents that the corpus lacks are found by
            nobody (`Report.not_in_corpus`).
        seed: of the bootstrap and the randomisation test.
        show_progress: draw bars on stderr.

    Raises:
        InputError: an id is unknown, stands twice or is no str; a grade is no whole number or above 1,000; a query has
            no relevant document; there is nothing; or as `NovaClient.embed`, whose `.index` counts within the corpus or
            the judged queries.
        ConfigurationError: an option is wrong, or the extra `evaluation` is not installed.
        NovaError: as `NovaClient.embed`.
    """
    needed("ir_measures"), needed("scipy.stats")  # before anything is embedded
    check_on_error(on_error)
    at, variants = cutoffs(k), variants_of(instructions, sides)
    options = Options(task, return_multivector, dimensions, adapter, on_error, show_progress)
    embedder = embedder_of(embeddings, options)
    judged = fit(queries, corpus, qrels, on_error)
    scores = _tried(variants, judged, embedder, at)
    return Report(scores, at, len(judged.corpus), seed, judged.no_relevant, judged.not_in_corpus)


def _tried(variants: tuple[Variant, ...], judged: Judged, embedder: Embedder, k: tuple[int, ...]) -> dict[str, Scores]:
    """Return each variant's scores, in order; those that share the documents' instructions follow each other."""
    scores: dict[str, Scores] = {}
    for passage in dict.fromkeys(variant.passage for variant in variants):
        documents = embedder.passages(judged.corpus, passage)
        asked: dict[str | None, Side] = {}
        for variant in (one for one in variants if one.passage == passage):
            if variant.query not in asked:
                asked[variant.query] = embedder.queries(judged.queries, variant.query)
            side = asked[variant.query]
            runs = rankings(side, documents, max(DEPTH, *k))
            scored = scores_of(variant.name, variant.query, runs, judged.grades, k)
            scores[variant.name] = replace(scored, left_out=(*documents.left_out, *side.left_out))
    return {variant.name: scores[variant.name] for variant in variants}
