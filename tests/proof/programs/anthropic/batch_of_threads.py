# env: core
# answers: [ok]
# shows: [wrapper]
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from anthropic import Anthropic


class Translator:
    def __init__(self, language, client=None, **options):
        self.client = client or Anthropic()
        self.language = language
        self.options = {"model": "claude-haiku-4-5", "max_tokens": 64} | options

    def translate(self, text):
        system = "Translate into " + self.language + "."
        return self.client.messages.create(system=system, messages=[dict(role="user", content=text)], **self.options)


with ThreadPoolExecutor(2) as pool:
    list(pool.map(partial(Translator.translate, Translator("Welsh", max_tokens=32)), ["Good day", "Good night"]))
