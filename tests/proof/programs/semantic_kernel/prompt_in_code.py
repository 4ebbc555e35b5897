# env: agents
# answers: [ok]
import asyncio

from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion, OpenAIChatPromptExecutionSettings
from semantic_kernel.functions import KernelFunctionFromPrompt

kernel = Kernel(services=[OpenAIChatCompletion(ai_model_id="gpt-4.1-mini")])
translate = KernelFunctionFromPrompt(
    function_name="translate",
    plugin_name="texts",
    prompt="Translate this into {{$language}}: {{$text}}",
    prompt_execution_settings=OpenAIChatPromptExecutionSettings(max_tokens=75),
)


async def main():
    await translate.invoke(kernel, language="French", text="Good evening, all of you.")
    await kernel.invoke_prompt("Name three {{$things}} that everybody knows.", things="rivers")


asyncio.run(main())
