# env: litellm
# answers: [500]
import litellm

response = litellm.completion(
    model="gpt-4o-mini",
    messages=[{"role": "user", "content": "Say hello in Welsh."}],
    max_tokens=20,
)
