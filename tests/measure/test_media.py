"""Calls that are not billed by text: pictures, speech, pages, searches."""

from __future__ import annotations

from decimal import Decimal

import pytest

from costgate.config import parse_config
from costgate.gate import measure_files
from costgate.knowledge.prices import load_book
from costgate.measure.media import variants
from costgate.model.config import Config
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
        (
            'images.edit(model="gpt-image-1", image=text, prompt="A cat", size="1024x1024", quality="high")',
            "profiles: [{sites: app.py, holes: {image: 300}}]",
            ("0.170005", "0.17001", "0.17002"),
        ),
        (
            'audio.transcriptions.create(model="gpt-4o-transcribe", file=text, prompt="x")',
            "profiles: [{sites: app.py, output_tokens: 300, holes: {audio: 1000}}]",
            ("0.0090025", "0.0090025", "0.0090025"),
        ),
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
    every = variants(book, "gpt-image-1", {}, Config())
    assert (every[0], every[-1]) == (Decimal("0.011"), Decimal("0.25"))
    assert variants(book, "gpt-image-1", {"quality": "medium"}, Config()) == (Decimal("0.042"), Decimal("0.063"))
    assert variants(book, "gpt-image-1", {"quality": "medium", "size": "1024x1024"}, Config()) == (Decimal("0.042"),)
    assert variants(book, "gpt-image-1", {"size": "auto"}, Config()) == every, "the book knows no such size"
    assert len(variants(book, "dall-e-3", {}, Config())) > 1
    assert variants(book, "gpt-4.1", {}, Config()) == () == variants(book, "image-1", {}, Config())


def test_what_is_sent_besides_text_leaves_the_end_open_until_its_size_is_said() -> None:
    for code, word in (
        ('images.edit(model="gpt-image-1", image=text, prompt="A cat", quality="high")', "holes: {image: ...}"),
        ('audio.transcriptions.create(model="gpt-4o-transcribe", file=text, prompt="x")', "holes: {audio: ...}"),
    ):
        found = measured(HEAD + code, "profiles: [{sites: app.py, output_tokens: 300}]")
        assert found.cost.per_call is not None
        assert found.cost.per_call.low > 0 and found.cost.per_call.high is None
        assert [word in gap.why for gap in found.gaps] == [True]


HD = 'images.generate(model="dall-e-3", prompt="A cat", size="1792x1024", quality="hd")'
LIST = Decimal("0.06539") * 1792 * 1024 / 1_000_000


@pytest.mark.parametrize(
    ("prices", "cost"),
    [
        ("", LIST),
        ('{model: dall-e-3, multiplier: "0.5"}', LIST / 2),
        ('{model: "dall-e*", multiplier: "0.5"}', LIST / 2),
        ('{model: openai/dall-e-3, multiplier: "0.5"}', LIST / 2),
        ('{model: dall-e-2, multiplier: "0.5"}', LIST),
        ('{model: dall-e-3, output_images: "0.03"}', Decimal("0.03")),
        ('{model: hd/1792-x-1024/dall-e-3, output_images: "0.1"}', Decimal("0.1")),
        ('{model: hd/1024-x-1024/dall-e-3, output_images: "0.1"}', LIST),
    ],
)
def test_a_contract_holds_for_models_that_are_listed_by_size(prices: str, cost: Decimal) -> None:
    found = measured(HEAD + HD, f"prices: [{prices}]").cost.per_call
    assert found == Range.exact(cost)


def test_a_contract_holds_for_every_unit() -> None:
    heard = measured(HEAD + 'audio.transcriptions.create(model="whisper-1", file=text)', SECONDS + '\nprices: [{model: whisper-1, audio_hours: "0.3"}]')
    assert ends(heard.cost.per_call) == ("0.0075", "0.0075", "0.0075")
    said = measured(HEAD + 'audio.speech.create(model="tts-1", input="Hello there", voice="a")', "prices: [{model: tts-1, input_mchars: 12}]")
    assert ends(said.cost.per_call) == ("0.000132", "0.000132", "0.000132")


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
