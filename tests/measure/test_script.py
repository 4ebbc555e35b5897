"""What kind of text it is."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from costgate.measure.script import script_of


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("You are a helpful assistant. Keep answers short, and never invent a source.", "prose"),
        ("# Rules\n\n- Answer in **one** sentence.\n- Cite the page.\n\nBe kind, and be brief about it.", "prose"),
        ("for i in range(n):\n    total += x[i] * y[i]\nreturn {'total': total}", "code"),
        ('{"id": 48213, "price": 12.75, "items": [3, 14, 159]}', "digits"),
        ("2026-11-22 10:41:07 10.0.13.7 200 1832 0.004", "digits"),
        ("你是一个有用的助手。请用简短的句子回答。", "han"),
        ("あなたは親切なアシスタントです。短く答えてください。", "han"),
        ("당신은 도움이 되는 비서입니다. 짧게 대답하세요.", "han"),
        ("Ты помощник. Отвечай кратко и по делу.", "cyrillic"),
        ("Είσαι ένας χρήσιμος βοηθός. Απάντησε σύντομα.", "other"),
        ("คุณเป็นผู้ช่วยที่มีประโยชน์ ตอบสั้น ๆ", "other"),
        ("Tu es un assistant; réponds brièvement, s'il te plaît, à la question posée.", "latin"),
        ("Bạn là một trợ lý hữu ích. Hãy trả lời ngắn gọn.", "latin"),
        ("Il cliente chiede una cosa sola, e tu rispondi con una frase breve. " * 4, "latin"),
        ("Ask the customer one thing only, and answer with a short sentence. " * 4, "prose"),
        ("Summarise naïvely.", "latin"),
        ("Summarise tickets briefly.", "prose"),
        ("", "prose"),
    ],
)
def test_script_of(text: str, script: str) -> None:
    assert script_of(text) == script


def test_most_of_the_standard_library_is_code() -> None:
    sources = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))[:80]
    pieces = [text[2_000:4_000] for text in (path.read_text(encoding="utf-8") for path in sources) if len(text) > 4_000]
    assert sum(script_of(piece) == "code" for piece in pieces) > 0.8 * len(pieces)
