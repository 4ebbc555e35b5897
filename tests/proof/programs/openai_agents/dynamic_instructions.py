# env: core
# answers: [ok]
# shows: [agent]
"""Instructions that a function makes at each run."""

import platform

from agents import Agent, Runner, set_default_openai_api, set_tracing_disabled

set_tracing_disabled(True)
set_default_openai_api("chat_completions")


def instructions(context, agent):
    return f"You answer questions about the system {platform.system()}. Keep every answer short."


assistant = Agent(name="Helper", instructions=instructions, model="gpt-4.1-mini")
Runner.run_sync(assistant, "What is a kernel good for?")
