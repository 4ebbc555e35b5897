# env: core
# answers: [500]
import os

from google import genai

client = genai.Client(api_key="k", http_options={"base_url": os.environ["PROOF_URL"]})


def caption(subject):
    for chunk in client.models.generate_content_stream(
        model="gemini-2.5-pro",
        contents=[f"Write a caption about {subject}.", "Make it funny."],
        config={"max_output_tokens": 50, "candidate_count": 1},
    ):
        print(chunk.text)


caption("a cat")
