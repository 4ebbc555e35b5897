# env: core
# answers: [ok]
# shows: [wrapper]
from openai import OpenAI


class ChatSession:
    def __init__(self, model="gpt-4.1-mini", system="You are a pirate."):
        self.client = OpenAI()
        self.model = model
        self.history = [{"role": "system", "content": system}]

    def say(self, text):
        self.history.append({"role": "user", "content": text})
        stream = self.client.chat.completions.create(
            model=self.model, messages=self.history, stream=True, stream_options={"include_usage": True}
        )
        reply = "".join(chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices)
        self.history.append({"role": "assistant", "content": reply})
        return reply


ChatSession(model="gpt-4o").say("Where is the treasure?")
