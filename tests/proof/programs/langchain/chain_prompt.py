# env: core
# answers: [ok]
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI

prompt = ChatPromptTemplate.from_messages(
    [
        ("system", "You are a {tone} copywriter."),
        ("human", "Write a slogan for {product}."),
    ]
)
llm = ChatOpenAI(model="gpt-4.1-mini", max_tokens=60, temperature=0.7)
chain = prompt | llm | StrOutputParser()

chain.invoke({"tone": "cheerful", "product": "umbrellas"})
