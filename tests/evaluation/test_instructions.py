"""What do presets say, how are instructions composed, and what does the linter find?"""

from __future__ import annotations

from typing import Any

import pytest

from nova_embeddings import ConfigurationError
from nova_embeddings.instructions import PATTERNS, PRESETS, compose, lint

PASSAGES = ["The tenant pays a deposit of two months' rent to the landlord, who returns it within a year. " * 4] * 3


def test_there_is_a_preset_for_each_field_of_the_guide() -> None:
    """Each says what is searched and what makes a match, and the linter has nothing against it."""
    assert list(PRESETS) == ["legal", "medical", "financial", "technical", "product", "code"]
    for preset in PRESETS.values():
        assert preset.text.startswith(f"Focus on {preset.domain}. Prioritize {preset.prioritise[0]},")
        assert lint(preset.text, texts=PASSAGES) == ()


def test_instructions_are_composed_of_their_parts() -> None:
    """Domain, what to prioritise and what to ignore, in that order, as whole sentences."""
    text = compose("tenancy law", prioritise=["deposits", "notice periods."], ignore=["commercial leases"])
    assert text == "Focus on tenancy law. Prioritize deposits and notice periods. Ignore commercial leases."


def test_a_preset_s_name_brings_its_words() -> None:
    """Own words follow those of the preset."""
    text = compose("legal", prioritise=["deposits"])
    assert text.startswith(PRESETS["legal"].text.split(", and")[0])
    assert ", and deposits. Ignore procedural history." in text


def test_own_words_win_over_those_of_a_preset() -> None:
    """What is prioritised is not ignored as well, nor the other way round, however it is written; nothing is twice."""
    wanted = compose("legal", prioritise=["Procedural  history.", "The Jurisdiction"])
    assert wanted.endswith("holdings and remedies, the jurisdiction, and Procedural  history.")
    ignored = compose("legal", ignore=["the jurisdiction"])
    assert "and holdings and remedies. Ignore procedural history and the jurisdiction." in ignored
    for text in (wanted, ignored):
        assert lint(text) == ()


def test_a_preset_s_name_is_known_in_any_case() -> None:
    """As names are typed."""
    assert compose(" Legal ") == compose("LEGAL") == PRESETS["legal"].text


def test_the_patterns_of_the_guide_can_be_added() -> None:
    """Multi-aspect, hierarchical and temporal sentences, which stand as data in PATTERNS."""
    text = compose("case law", aspects=["statute", "court"], levels=["field", "date"], period="since 2020")
    assert text == (
        "Focus on case law. Match on all of these aspects: statute and court. "
        "Match in this order of importance: 1. field; 2. date. Prefer what applies since 2020."
    )
    assert set(PATTERNS) == {"domain", "prioritise", "ignore", "multi-aspect", "hierarchical", "temporal"}


@pytest.mark.parametrize(
    ("domain", "options", "says"),
    [
        ("", {}, "domain: '' is no text"),
        (None, {}, "domain: None is no text"),
        ("law", {"prioritise": "deposits"}, "prioritise='deposits' is no list"),
        ("law", {"ignore": [" "]}, "ignore: ' ' is no text"),
        ("law", {"aspects": ["one"]}, "aspects has one entry"),
        ("law", {"period": ""}, "temporal: '' is no text"),
        (
            "law",
            {"prioritise": ["Deposits."], "ignore": ["deposits"]},
            "'Deposits.' is both to prioritise and to ignore",
        ),
    ],
)
def test_a_part_without_words_is_refused(domain: Any, options: dict[str, Any], says: str) -> None:
    """The error names the part."""
    with pytest.raises(ConfigurationError, match=says):
        compose(domain, **options)


@pytest.mark.parametrize(
    ("text", "blamed"),
    [
        ("Find relevant documents", "'relevant'"),
        ("Focus on the most important information", "'important'"),
        ("Retrieve good legal documents", "'good'"),
        ("Return whatever seems pertinent", "'pertinent'"),
        ("Look for appropriate things and stuff like that", "'appropriate'"),
        ("Find anything that might be worthwhile", "'worthwhile'"),
    ],
)
def test_vague_wording_is_found(text: str, blamed: str) -> None:
    """Words that could stand over any corpus say nothing; the remark names them."""
    (remark,) = lint(text, texts=PASSAGES)
    assert remark.rule == "vague"
    assert blamed in remark.message


@pytest.mark.parametrize(
    "text",
    [
        "Focus on legal documents. Prioritize holdings and procedural history. Ignore procedural history.",
        "Prioritise deposits, rent, and notice periods but ignore Rent.",
        "Emphasize court rulings. Do not prefer case notes or court rulings.",
        "Search tenancy law. Focus on deposits; exclude deposits",
    ],
)
def test_a_contradiction_is_found(text: str) -> None:
    """What is wanted in one place and unwanted in another is named."""
    (remark,) = lint(text, texts=PASSAGES)
    assert remark.rule == "contradiction"
    assert any(word in remark.message for word in ("'procedural history'", "'rent'", "'court rulings'", "'deposits'"))


@pytest.mark.parametrize(
    "text",
    [
        "Focus on tenancy law. Prioritize deposits. Ignore deposits of iron ore.",
        "Do not ignore deposits. Prioritize deposits and rent.",
        "Prioritize holdings rather than procedural history. Ignore procedural history.",
    ],
)
def test_what_only_looks_like_a_contradiction_is_left_alone(text: str) -> None:
    """An exception, or a denial of a denial."""
    assert lint(text, texts=PASSAGES) == ()


@pytest.mark.parametrize(
    "text", ["Focus on case law and statutory citations", "Finde Urteile zum Mietrecht", "找到相关的法律文件", ""]
)
def test_specific_wording_is_left_alone(text: str) -> None:
    """Also in other languages, whose general words are not known; and no instructions are no fault."""
    assert lint(text, texts=PASSAGES) == ()


def test_instructions_longer_than_the_content_are_found() -> None:
    """Where most texts are shorter, the remark says how many."""
    (remark,) = lint(PRESETS["legal"].text, texts=["A deposit is due.", "Rent is due.", *PASSAGES[:1]])
    assert remark.rule == "long"
    assert "than 2 of 3 texts" in remark.message
    assert lint(PRESETS["legal"].text, texts=["A deposit is due.", *PASSAGES[:1]]) == ()


@pytest.mark.parametrize("other", ["", "Focus on recipes and ingredients"])
def test_sides_that_differ_are_found(other: str) -> None:
    """Other instructions on documents than on queries, none included."""
    text = PRESETS["legal"].text
    assert [remark.rule for remark in lint(text, document_instructions=other)] == ["sides"]
    assert lint(text, document_instructions=text) == ()


@pytest.mark.parametrize("arguments", [{"instructions": None}, {"instructions": "a", "texts": "one text"}])
def test_what_is_no_text_is_refused(arguments: dict[str, Any]) -> None:
    """A single text in place of a list would be read letter by letter."""
    with pytest.raises(ConfigurationError, match="instructions are texts"):
        lint(**arguments)
