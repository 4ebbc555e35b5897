# env: litellm
# answers: [429]
from smolagents import OpenAIServerModel

model = OpenAIServerModel(model_id="gpt-4.1-mini", max_tokens=77)
model.generate([{"role": "user", "content": [{"type": "text", "text": "Hello!"}]}])
