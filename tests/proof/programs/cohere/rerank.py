# env: core
# answers: [ok]
import cohere

DOCS = ["Carson City is the capital of Nevada.", "Washington, D.C. is the capital of the United States."]


def best(query: str):
    return cohere.ClientV2(api_key="k").rerank(model="rerank-v3.5", query=query, documents=DOCS, top_n=1)


best("What is the capital of the United States?")
