# env: litellm
# answers: [429]
import instructor
from anthropic import Anthropic
from pydantic import BaseModel


class Answer(BaseModel):
    text: str


client = instructor.from_anthropic(Anthropic(max_retries=1))
client.messages.create(
    model="claude-haiku-4-5",
    max_tokens=256,
    max_retries=0,
    response_model=Answer,
    messages=[{"role": "user", "content": "Say yes."}],
)
