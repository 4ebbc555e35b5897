# env: core
# answers: [500]
# shows: [wrapper]
"""A module that wraps the client, used from another one."""

from llm import ask

SUMMARY = "Summarize the following minutes in three bullet points:\n"


def minutes(text: str) -> str:
    return ask(SUMMARY + text, tier="cheap", limit=180)


minutes("We met. We left.")
