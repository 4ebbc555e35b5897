# env: litellm
# answers: [500, unfit, 500, unfit]
# shows: [wrapper]
"""Answers that do not fit are asked for again by instructor, and what fails of each by the client."""

import instructor
from openai import InternalServerError, OpenAI
from pydantic import BaseModel, Field


class Recipe(BaseModel):
    """A recipe."""

    title: str = Field(description="What it is called")
    minutes: int


client = instructor.patch(OpenAI(max_retries=1), mode=instructor.Mode.JSON)


def cook(dish: str, *, limit: int = 500) -> Recipe | None:
    try:
        return client.chat.completions.create(
            model="gpt-4.1", response_model=Recipe, messages=[{"role": "user", "content": f"How is {dish} made?"}], max_tokens=limit
        )
    except InternalServerError:
        return None


cook("lefse", limit=300)
