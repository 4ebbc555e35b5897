# env: core
# answers: [429]
import cohere

co = cohere.ClientV2(api_key="k")
co.chat(
    model="command-a-03-2025",
    messages=[
        {"role": "system", "content": "You answer in limericks."},
        {"role": "user", "content": "What is a neutron star?"},
    ],
    max_tokens=120,
)
