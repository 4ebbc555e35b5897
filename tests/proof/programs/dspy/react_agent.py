# env: litellm
# answers: [429]
# shows: [agent, config]
import dspy


def population(town: str) -> int:
    """People who live in a town."""
    return 1200


def main(temperature: float = 0.3):
    dspy.settings.configure(lm=dspy.LM("openai/gpt-4.1-mini", max_tokens=90, num_retries=1, temperature=temperature, cache=False))
    dspy.configure(adapter=dspy.JSONAdapter())
    react = dspy.ReAct("question -> answer", tools=[population], max_iters=2)
    return react(question="How many people live in Voss?")


main()
