# env: core
# answers: [ok]
from anthropic import Anthropic

BUDGET = 2048


def solve(problem: str) -> None:
    with Anthropic(max_retries=0).messages.stream(
        model="claude-opus-4-1",
        max_tokens=BUDGET * 2,
        thinking={"type": "enabled", "budget_tokens": BUDGET},
        messages=[{"role": "user", "content": [{"type": "text", "text": "Solve step by step: "}, {"type": "text", "text": problem}]}],
    ) as stream:
        for text in stream.text_stream:
            print(text)


solve("2 + 2")
