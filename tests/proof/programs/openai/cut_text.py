# env: core
# answers: [500, ok]
# shows: [wrapper]
"""What is read at run time is cut before it is sent."""

import platform

from openai import OpenAI

LONGEST = 60


def title(text: str) -> str | None:
    reply = OpenAI(max_retries=1).chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "system", "content": "Give the text a title."}, {"role": "user", "content": "Text: " + text[:LONGEST]}],
        max_tokens=16,
    )
    return reply.choices[0].message.content


title(f"{platform.python_version()} on {platform.machine()} by {platform.python_compiler()}, read at run time and far too long to be sent whole")
