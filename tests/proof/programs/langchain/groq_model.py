# env: agents
# answers: [429]
from langchain_groq import ChatGroq

chat = ChatGroq(model="llama-3.1-8b-instant", max_tokens=44, max_retries=1)
chat.invoke("Name a bird.")
