# env: litellm
# answers: [ok]
import dspy

lm = dspy.LM("anthropic/claude-haiku-4-5", max_tokens=64, cache=False)
lm("Say this is a test!")
