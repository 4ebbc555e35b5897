from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    model: str = "gpt-4.1-mini"
    answer_tokens: int = 3
    max_retries: int = 5
    instructions: str = "Answer yes when the comment is rude, else no."


settings = Settings()
