"""The shipped encodings are the public ones, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from costgate.knowledge import ranks
from costgate.model.error import UserError

PINNED = {
    "o200k_base": "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    "cl100k_base": "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
}


@pytest.mark.parametrize("name", PINNED)
def test_the_original_file_comes_back_byte_for_byte(name: str) -> None:
    lines = (base64.b64encode(token) + b" " + str(rank).encode() + b"\n" for token, rank in ranks.ranks(name).items())
    assert hashlib.sha256(b"".join(lines)).hexdigest() == PINNED[name]


@pytest.mark.parametrize(
    ("text", "cl100k", "o200k"),
    [
        ("hello world", [15339, 1917], [24912, 2375]),
        ("tiktoken is great!", [83, 1609, 5963, 374, 2294, 0], [83, 8251, 2488, 382, 2212, 0]),
        (
            "antidisestablishmentarianism",
            [519, 85342, 34500, 479, 8997, 2191],
            [493, 129901, 376, 160388, 21203, 2367],
        ),
        ("2 + 2 = 4", [17, 489, 220, 17, 284, 220, 19], [17, 659, 220, 17, 314, 220, 19]),
        (
            "お誕生日おめでとう",
            [33334, 45918, 243, 21990, 9080, 33334, 62004, 16556, 78699],
            [8930, 9697, 243, 128225, 8930, 17693, 4344, 48669],
        ),
    ],
)
def test_published_vectors(text: str, cl100k: list[int], o200k: list[int]) -> None:
    assert ranks.encoder("cl100k_base").encode_ordinary(text) == cl100k
    assert ranks.encoder("o200k_base").encode_ordinary(text) == o200k


def test_the_library_keeps_its_own_names() -> None:
    import tiktoken

    ranks.encoder("o200k_base")
    assert not any("costgate" in name for name in tiktoken.list_encoding_names())
    assert len(set(tiktoken.list_encoding_names())) == len(tiktoken.list_encoding_names())


def test_damaged_data_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(ranks.__file__).with_name("tokenizers")
    data = bytearray((source / "cl100k_base.ranks").read_bytes())
    data[-1] ^= 1
    (tmp_path / "cl100k_base.ranks").write_bytes(bytes(data))
    monkeypatch.setattr(ranks, "_FOLDER", tmp_path)
    ranks.table.cache_clear()
    with pytest.raises(UserError, match="damaged"):
        ranks.ranks("cl100k_base")


def test_the_index_pins_the_sources() -> None:
    index = json.loads((Path(ranks.__file__).with_name("tokenizers") / "index.json").read_text(encoding="utf-8"))
    assert {name: entry["original_sha256"] for name, entry in index.items()} == PINNED


def test_the_patterns_are_the_librarys(monkeypatch: pytest.MonkeyPatch) -> None:
    public = pytest.importorskip("tiktoken_ext.openai_public")
    monkeypatch.setattr(public, "load_tiktoken_bpe", lambda *_, **__: {})
    for name in PINNED:
        assert ranks._entry(name)["pattern"] == getattr(public, name)()["pat_str"]
