# env: core
# answers: [ok]
# shows: [wrapper]
"""A base class that asks, and subclasses that say what with."""

from abc import ABC, abstractmethod

from openai import OpenAI


class BaseTask(ABC):
    model = "gpt-4o"
    max_tokens = 200

    def __init__(self):
        self._client = OpenAI()

    @property
    @abstractmethod
    def system(self) -> str: ...

    def __call__(self, text):
        return self._client.chat.completions.create(
            model=self.model,
            max_tokens=self.max_tokens,
            messages=[{"role": "system", "content": self.system}, {"role": "user", "content": text}],
        )


class TitleTask(BaseTask):
    model = "gpt-4.1-nano"
    max_tokens = 12

    @property
    def system(self) -> str:
        return "Write a title for the text."


TitleTask()("Snow fell on the mountains all night.")
