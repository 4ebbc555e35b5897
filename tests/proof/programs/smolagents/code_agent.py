# env: litellm
# answers: [unfit]
# shows: [agent]
"""Tools of an agent that writes code stand in its prompt."""

from smolagents import CodeAgent, OpenAIServerModel, Tool


class Convert(Tool):
    name = "convert"
    description = "Convert a length from feet to metres"
    inputs = {"feet": {"type": "number", "description": "The length"}}
    output_type = "number"

    def forward(self, feet: float) -> float:
        return feet * 0.3048


agent = CodeAgent([Convert()], OpenAIServerModel("gpt-4.1-mini", max_tokens=250), max_steps=3)
agent.run("How high is a house of 30 feet?")
