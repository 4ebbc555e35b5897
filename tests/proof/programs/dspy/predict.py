# env: litellm
# answers: [500]
import dspy

lm = dspy.LM("openai/gpt-4o-mini", max_tokens=120, num_retries=1, cache=False)
dspy.configure(lm=lm)

qa = dspy.Predict("question -> answer")
qa(question="How many planets are there?")
