# env: agents
# answers: [ok]
import asyncio
from pathlib import Path

from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
from semantic_kernel.functions import KernelArguments


class Studio:
    def __init__(self):
        self.kernel = Kernel()
        self.kernel.add_service(OpenAIChatCompletion(service_id="default", ai_model_id="gpt-4o-mini"))
        folder = Path(__file__).parent / "plugins"
        self.writer = self.kernel.add_plugin(parent_directory=str(folder), plugin_name="Writer")

    async def joke(self):
        return await self.kernel.invoke(self.writer["Joke"], KernelArguments(input="time travel", style="dry"))


asyncio.run(Studio().joke())
