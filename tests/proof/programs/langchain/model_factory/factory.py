from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI

SETTINGS = {
    "openai": {"model": "gpt-4.1", "max_tokens": 111},
    "anthropic": {"model": "claude-haiku-4-5", "max_tokens": 222, "max_retries": 0},
}


def build_model(provider: str):
    if provider == "openai":
        return ChatOpenAI(**SETTINGS["openai"])
    return ChatAnthropic(**SETTINGS["anthropic"])
