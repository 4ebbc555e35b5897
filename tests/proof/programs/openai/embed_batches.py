# env: core
# answers: [ok]
from openai import OpenAI

DOCUMENTS = ["alpha centauri", "barnard's star", "sirius"]
BATCHES = [DOCUMENTS[:2], DOCUMENTS[2:]]

client = OpenAI()


def embed_all():
    vectors = []
    for batch in ("first", "second", "third", "fourth"):
        answer = client.embeddings.create(model="text-embedding-3-small", input=[batch])
        vectors += [row.embedding for row in answer.data]
    return vectors


embed_all()
