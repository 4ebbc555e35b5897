# env: core
# answers: [ok]
from langchain_core.prompts import PromptTemplate
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, Field


class Movie(BaseModel):
    """A movie."""

    title: str = Field(description="The title")
    year: int


template = PromptTemplate.from_template("Recommend a movie from the {decade}s.")
model = ChatOpenAI(model="gpt-4.1", temperature=0).with_structured_output(Movie)
(template | model).invoke({"decade": 80})
