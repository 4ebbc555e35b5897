# env: core
# answers: [500]
import asyncio
import os

import httpx

URL = os.environ.get("ANTHROPIC_BASE_URL", "https://api.anthropic.com") + "/v1/messages"


async def ask(prompt: str) -> httpx.Response:
    async with httpx.AsyncClient(timeout=10) as http:
        return await http.post(
            URL,
            headers={"x-api-key": "k", "anthropic-version": "2023-06-01"},
            json={"model": "claude-haiku-4-5", "max_tokens": 30, "messages": [{"role": "user", "content": prompt}]},
        )


asyncio.run(ask("Say hi."))
