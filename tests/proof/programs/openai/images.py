# env: core
# answers: [ok]
from openai import OpenAI

OpenAI().images.generate(model="gpt-image-1", prompt="A fox in the snow, watercolour", n=2, size="1024x1024")
