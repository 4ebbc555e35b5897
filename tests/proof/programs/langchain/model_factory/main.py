# env: core
# answers: [500]
# shows: [wrapper, config]
"""A factory that switches providers by configuration."""

from factory import build_model
from langchain_core.messages import HumanMessage

llm = build_model("anthropic")
llm.invoke([HumanMessage("Name a river.")])
