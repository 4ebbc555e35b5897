# env: core
# answers: [500]
from ollama import Client, ResponseError

client = Client()
REVIEW = "Rate the review from 1 to 5: {review}"


def rate(review):
    try:
        return client.generate(model="qwen2.5", system="You rate reviews.", prompt=REVIEW.format(review=review), stream=False)
    except ResponseError:
        return None


rate("Loved it")
