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
    ],
)
def test_a_part_without_words_is_refused(domain: Any, options: dict[str, Any], says: str) -> None:
    """The error names the part."""
    with pytest.raises(ConfigurationError, match=says):
        compose(domain, **options)


@pytest.mark.parametrize(
    "text", ["Find relevant documents", "Focus on the most important information", "Retrieve good legal documents"]
)
def test_vague_wording_is_found(text: str) -> None:
    """Words that could stand over any corpus say nothing; the remark names them."""
    (remark,) = lint(text, texts=PASSAGES)
    assert remark.rule == "vague"
    assert any(word in remark.message for word in ("'relevant'", "'important'", "'good'"))


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
