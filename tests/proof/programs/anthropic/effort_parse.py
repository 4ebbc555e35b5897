# env: core
# answers: [slow]
import anthropic
from pydantic import BaseModel


class Verdict(BaseModel):
    guilty: bool


client = anthropic.Anthropic(timeout=0.3, max_retries=2)
try:
    client.messages.parse(
        model="claude-opus-4-6",
        max_tokens=3000,
        messages=[{"role": "user", "content": "Is the butler guilty?"}],
        output_format=Verdict,
        output_config={"effort": "medium"},
    )
except anthropic.APITimeoutError:
    print("too slow")
