"""Exact counts of families whose vocabularies may be installed, and the bands that hold without them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from costgate.knowledge.token_policy import Family, families
from costgate.knowledge.vocabularies import carrier, encoder
from costgate.measure.script import script_of
from costgate.measure.tokens import _in_family, count, tally
from costgate.model.tree import NoCache

ROOT = Path(__file__).parents[2]
OWN = [each for each in families() if each.own]
installed = pytest.mark.skipif(carrier() is None, reason="the extra `exact` is not installed")
RIGHTS = {
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience et doivent agir les uns envers les autres dans un esprit de fraternité.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente los unos con los otros.",
    "pl": "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni obdarzeni rozumem i sumieniem i powinni postępować wobec innych w duchu braterstwa.",
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства.",
    "uk": "Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і совістю і повинні діяти у відношенні один до одного в дусі братерства.",
    "el": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι προικισμένοι με λογική και συνείδηση, και οφείλουν να συμπεριφέρονται μεταξύ τους με πνεύμα αδελφοσύνης.",
    "ar": "يولد جميع الناس أحراراً متساوين في الكرامة والحقوق. وقد وهبوا عقلاً وضميراً وعليهم أن يعامل بعضهم بعضاً بروح الإخاء.",
    "hi": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। उन्हें बुद्धि और अन्तरात्मा की देन प्राप्त है और परस्पर उन्हें भाईचारे के भाव से बर्ताव करना चाहिए।",
    "zh": "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟关系的精神相对待。",
    "ja": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。人間は、理性と良心とを授けられており、互いに同胞の精神をもって行動しなければならない。",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 천부적으로 이성과 양심을 부여받았으며 서로 형제애의 정신으로 행동하여야 한다.",
}


def corpus() -> list[str]:
    """Documents, code and data of this repository, and one paragraph in other languages."""
    files = [*sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "costgate" / "measure").glob("*.py")), *sorted((ROOT / "costgate" / "knowledge" / "sdks").glob("*.yaml"))[:20]]
    pieces = [path.read_text("utf-8")[1_000:3_000] for path in files]
    data = (ROOT / "costgate" / "knowledge" / "prices" / "2026-11-22.json").read_text("utf-8")
    return [*filter(None, pieces), *(data[at : at + 2_000] for at in range(10_000, len(data), 60_000)), *RIGHTS.values()]


@installed
@pytest.mark.parametrize("family", OWN, ids=lambda family: family.id)
def test_the_printed_band_holds_for_nine_texts_of_ten(family: Family) -> None:
    encode = encoder(family.own or "")
    assert encode is not None
    missed = []
    for text in corpus():
        band, tokens = _in_family(text, family, tally(text, family.encoding, NoCache())), len(encode(text))
        if not band.low <= tokens <= (band.high or 0):
            missed.append((script_of(text), tokens, band))
    assert len(missed) <= len(corpus()) / 10, missed


@installed
@pytest.mark.parametrize(
    ("model", "basis"), [("llama-3.3-70b-versatile", "exact"), ("deepseek-chat", "exact"), ("gemini-2.5-pro", "calibrated"), ("claude-sonnet-4-5", "calibrated")]
)
def test_a_count_by_the_own_vocabulary_says_so(model: str, basis: str) -> None:
    found = count(RIGHTS["el"], model)
    assert found.basis == basis or model.startswith("claude") and found.basis == "assumed"
    if basis == "exact":
        assert found.low == found.likely == found.high


@installed
def test_odd_text_is_counted_too() -> None:
    for text in ("a\ud800b", "<|endoftext|>", "\0" * 1_000, " " * 1_200_000 + "x"):
        assert count(text, "deepseek-chat").low > 0
    assert encoder("nobodys") is None


def test_a_folder_of_that_name_in_a_judged_tree_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "splintr").mkdir()
    (tmp_path / "splintr" / "__init__.py").write_text("raise SystemExit('imported')\n", "utf-8")
    code = "import sys; sys.path.insert(0, '.'); from costgate.measure.tokens import count; print(count('Hello', 'deepseek-chat').basis)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "calibrated", ran.stderr
