# env: agents
# answers: [ok]
import asyncio

from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion, OpenAIChatPromptExecutionSettings
from semantic_kernel.contents import ChatHistory


async def main():
    service = OpenAIChatCompletion(ai_model_id="gpt-4o-mini")
    history = ChatHistory(system_message="You are a guide.")
    history.add_user_message("What should I see in Rome?")
    settings = OpenAIChatPromptExecutionSettings(max_tokens=210)
    await service.get_chat_message_content(chat_history=history, settings=settings)


asyncio.run(main())
