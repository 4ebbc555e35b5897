# env: core
# answers: [ok]
import os

from langchain_ollama import ChatOllama

ChatOllama(model="llama3.2", num_predict=64, base_url=os.environ["PROOF_URL"]).invoke([("system", "Be brief."), ("human", "Hi!")])
