"""Draft help articles at night, from the questions that no article answered."""

from bot.client import client


def draft(questions: list[str]) -> list[str]:
    articles = []
    for question in questions:
        reply = client.responses.create(
            model="gpt-4.1",
            instructions="Write a help article of about two hundred words that answers the question of a customer of a shop for garden tools.",
            input=question,
        )
        articles.append(reply.output_text)
    return articles
