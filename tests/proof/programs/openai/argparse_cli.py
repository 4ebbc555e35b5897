# env: core
# answers: [ok]
# shows: [config]
import argparse

from openai import OpenAI

parser = argparse.ArgumentParser()
parser.add_argument("--model", default="gpt-4.1-nano")
parser.add_argument("--max-tokens", type=int, default=77)
args = parser.parse_args()

response = OpenAI().responses.create(
    model=args.model,
    input="Name three rivers in Norway.",
    max_output_tokens=args.max_tokens,
    stream=True,
)
for event in response:
    pass
