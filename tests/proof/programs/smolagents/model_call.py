# env: litellm
# answers: [429]
import smolagents.models
from smolagents import OpenAIServerModel

smolagents.models.RETRY_WAIT = 0.01

model = OpenAIServerModel(model_id="gpt-4.1-mini", max_tokens=77)
model.generate([{"role": "user", "content": [{"type": "text", "text": "Hello!"}]}])
