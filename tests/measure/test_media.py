"""Calls that are not billed by text: pictures, speech, pages, searches."""

from __future__ import annotations

from decimal import Decimal

import pytest

from costgate.config import parse_config
from costgate.gate import measure_files
from costgate.knowledge.prices import load_book
from costgate.measure.media import variants
from costgate.model.money import Range
from costgate.model.snapshot import Measure, Snapshot

HEAD = "from openai import OpenAI\n\nclient = OpenAI()\n\n\ndef make(text, n):\n    return client."


def snapshot(code: str, config: str = "{}") -> Snapshot:
    made = measure_files({"app.py": code}, None, parse_config(config, "costgate.yaml"))
    assert isinstance(made, Snapshot)
    return made


def measured(code: str, config: str = "{}") -> Measure:
    (only,) = snapshot(code, config).measures.values()
    return only


def ends(found: Range | None) -> tuple[str, str | None, str | None] | None:
    def plain(end: object) -> str | None:
        return None if end is None else f"{Decimal(str(end)).normalize():f}"

    return None if found is None else (plain(found.low) or "", plain(found.likely), plain(found.high))


SECONDS = "profiles: [{sites: app.py, seconds: 90}]"


@pytest.mark.parametrize(
    ("code", "config", "cost"),
    [
        ('audio.speech.create(model="tts-1", input="Hello there", voice="a")', "{}", ("0.000165", "0.000165", "0.000165")),
        ('audio.speech.create(model="tts-1", input=text, voice="a")', "{}", ("0", None, None)),
        (
            'audio.speech.create(model="tts-1", input=text, voice="a")',
            "profiles: [{sites: app.py, holes: {input: 100}}]",
            ("0.0015", None, "0.012"),
        ),
        ('audio.transcriptions.create(model="whisper-1", file=text)', "{}", None),
        ('audio.transcriptions.create(model="whisper-1", file=text)', SECONDS, ("0.009", "0.009", "0.009")),
        ('audio.transcriptions.create(model="whisper-1", file=text)', SECONDS.replace("90", "{low: 9, high: 90}"), ("0.0009", None, "0.009")),
        ('images.generate(model="gpt-image-1", prompt="A cat", n=2)', "{}", ("0.022005", None, "0.50002")),
        (
            'images.generate(model="gpt-image-1", prompt="A cat", size="1024x1024", quality="high")',
            "{}",
            ("0.167005", "0.16701", "0.16702"),
        ),
        ('images.generate(model="gpt-image-2", prompt="A cat", n=2)', "{}", None),
        (
            'images.generate(model="gpt-image-2", prompt="A cat", n=2)',
            "profiles: [{sites: app.py, output_tokens: 1000}]",
            ("0.060005", "0.06001", "0.06002"),
        ),
        ('images.generate(model="gpt-image-1", prompt="A cat", n=n)', "{}", ("0.011005", None, None)),
    ],
)
def test_what_a_call_costs(code: str, config: str, cost: tuple[str, str | None, str | None] | None) -> None:
    found = measured(HEAD + code, config)
    assert ends(found.cost.per_call) == cost
    if cost is None:
        assert any("declare" in gap.why for gap in found.gaps)
    else:
        assert not found.gaps
        assert found.cost.lines


def test_other_units() -> None:
    rerank = "import cohere\n\n\ndef sort(q, d):\n    return cohere.ClientV2().rerank(model='rerank-v3.5', query=q, documents=d)\n"
    assert ends(measured(rerank).cost.per_call) == ("0.002", "0.002", "0.002")
    pages = "from mistralai import Mistral\n\nMistral().ocr.process(model='mistral-ocr-latest', document={})\n"
    assert ends(measured(pages).cost.per_call) == ("0.004", None, None)
    assert ends(measured(pages, "profiles: [{sites: app.py, pages: 20}]").cost.per_call) == ("0.08", "0.08", "0.08")


def test_an_unlisted_model_stays_unknown() -> None:
    found = measured(HEAD + 'images.generate(model="own-model", prompt="A cat")')
    assert found.cost.per_call is None and "no model 'own-model'" in found.gaps[0].why


def test_sizes_and_qualities_that_the_book_lists_apart() -> None:
    book = load_book()
    every = variants(book, "gpt-image-1", {})
    assert (every[0], every[-1]) == (Decimal("0.011"), Decimal("0.25"))
    assert variants(book, "gpt-image-1", {"quality": "medium"}) == (Decimal("0.042"), Decimal("0.063"))
    assert variants(book, "gpt-image-1", {"quality": "medium", "size": "1024x1024"}) == (Decimal("0.042"),)
    assert variants(book, "gpt-image-1", {"size": "auto"}) == every, "the book knows no such size"
    assert len(variants(book, "dall-e-3", {})) > 1
    assert variants(book, "gpt-4.1", {}) == () == variants(book, "image-1", {})


def test_a_workload_pays_for_pictures_too() -> None:
    config = """\
workloads:
  - {name: covers, sites: [app.py], traffic: 1000/month, calls_per_request: 2, retry_rate: 10%}
profiles: [{sites: app.py, seconds: 90}]
"""
    (cost,) = snapshot(HEAD + 'audio.transcriptions.create(model="whisper-1", file=text)', config).workloads
    assert ends(cost.per_request) == ("0.0198", "0.0198", "0.0198")
    assert ends(cost.per_month) == ("19.8", "19.8", "19.8")
    assert not cost.unknown
    assert {line.layer for line in cost.lines} == {"inference", "retries"}
