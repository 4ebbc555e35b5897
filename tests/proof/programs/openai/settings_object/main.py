# env: core
# answers: [429, ok]
# shows: [config]
from openai import OpenAI
from settings import settings

client = OpenAI(max_retries=settings.max_retries)


def moderate(comment: str) -> bool:
    answer = client.chat.completions.create(
        model=settings.model,
        max_completion_tokens=settings.answer_tokens,
        messages=[
            {"role": "developer", "content": settings.instructions},
            {"role": "user", "content": comment},
        ],
    )
    return answer.choices[0].message.content == "yes"


moderate("This is a fine comment.")
