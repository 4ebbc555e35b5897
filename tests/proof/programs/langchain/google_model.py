# env: llama-index
# answers: [ok]
import os

from langchain_google_genai import ChatGoogleGenerativeAI

llm = ChatGoogleGenerativeAI(
    model="gemini-2.5-flash", max_output_tokens=70, thinking_budget=0, google_api_key="k", base_url=os.environ["PROOF_URL"]
)
llm.invoke("Name a fish.")
