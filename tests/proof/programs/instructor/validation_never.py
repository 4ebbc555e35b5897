# env: litellm
# answers: [unfit]
"""The answer never fits the model, so instructor asks again."""

import instructor
from openai import OpenAI
from pydantic import BaseModel


class User(BaseModel):
    name: str
    age: int


client = instructor.from_openai(OpenAI(), mode=instructor.Mode.JSON)
client.chat.completions.create(
    model="gpt-4o-mini",
    response_model=User,
    max_retries=2,
    messages=[{"role": "user", "content": "John is 10"}],
)
