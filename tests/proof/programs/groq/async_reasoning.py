# env: core
# answers: [slow]
import asyncio

import groq

client = groq.AsyncGroq(timeout=0.25)


async def main():
    try:
        await client.chat.completions.create(
            model="openai/gpt-oss-120b",
            messages=[{"role": "user", "content": "Prove that there are infinitely many primes."}],
            reasoning_effort="high",
        )
    except groq.APITimeoutError:
        pass


asyncio.run(main())
