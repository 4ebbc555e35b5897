# env: llama-index
# answers: [ok]
from llama_index.embeddings.openai import OpenAIEmbedding

OpenAIEmbedding(model="text-embedding-3-small").get_text_embedding("Some text to embed")
