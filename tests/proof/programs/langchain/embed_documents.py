# env: core
# answers: [429]
from langchain_openai import OpenAIEmbeddings

embedder = OpenAIEmbeddings(model="text-embedding-3-large", max_retries=1, check_embedding_ctx_length=False)
embedder.embed_documents(["one document", "another document"])
