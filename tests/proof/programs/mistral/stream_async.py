# env: core
# answers: [ok]
import asyncio
import os

from mistralai.client import Mistral


async def main():
    client = Mistral(api_key="k", server_url=os.environ["PROOF_URL"])
    stream = await client.chat.stream_async(
        model="mistral-large-latest",
        messages=[{"role": "system", "content": "Answer in French."}, {"role": "user", "content": "Hello!"}],
        n=1,
    )
    async for event in stream:
        print(event)


asyncio.run(main())
