# env: core
# answers: [ok]
# shows: [wrapper]
"""Messages and text that only some requests send: behind a switch, for each result, and after an answer that will not do."""

import platform

from openai import OpenAI

CLIENT = OpenAI()


def ask(question, *, brief=False, examples=True, notes=()):
    lines = ["You answer questions about computers."]
    if brief:
        lines.append("Answer in at most ten words, and never in a list.")
    if examples:
        lines.append("Give one example where it helps the reader.")
    for note in notes:
        lines.append(f"Mind this note of the reader: {note}")
    system = "\n".join(lines)
    if platform.system() == "none":
        system += " The reader has no computer, so explain what one is."
    messages = [{"role": "system", "content": system}]
    if examples and brief:
        messages.append({"role": "user", "content": "An example question that nobody asks."})
    messages.append({"role": "user", "content": question})
    for _ in range(2):
        reply = CLIENT.chat.completions.create(model="gpt-4o-mini", messages=messages, max_tokens=50)
        messages.append({"role": "assistant", "content": reply.choices[0].message.content})
        messages.append({"role": "user", "content": "That was too short. Say more about it, please."})
    return reply


ask("What is a compiler good for?")
