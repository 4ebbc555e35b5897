# env: core
# answers: [ok]
from openai import OpenAI
from pydantic import BaseModel


class Invoice(BaseModel):
    number: str
    total: float


def extract(text: str) -> Invoice | None:
    client = OpenAI()
    parsed = client.chat.completions.parse(
        model="gpt-4o-2024-08-06",
        messages=[
            {"role": "system", "content": "Extract the invoice."},
            {"role": "user", "content": text},
        ],
        response_format=Invoice,
        max_completion_tokens=300,
    )
    return parsed.choices[0].message.parsed


extract("Invoice 17 over 12 euro")
