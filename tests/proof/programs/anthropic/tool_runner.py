# env: core
# answers: [tools]
# shows: [agent]
import anthropic
from anthropic import beta_tool

client = anthropic.Anthropic()


@beta_tool
def lookup(order: str) -> str:
    """Look an order up.

    Args:
        order: The number of the order.
    """
    return "shipped"


runner = client.beta.messages.tool_runner(
    model="claude-haiku-4-5",
    max_tokens=400,
    tools=[lookup],
    messages=[{"role": "user", "content": "Where is order 12?"}],
    max_iterations=5,
)
for message in runner:
    pass
