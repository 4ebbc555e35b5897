# env: core
# answers: [tools]
# shows: [agent]
"""Python functions as tools: the SDK calls them and asks again."""

import os

from google import genai
from google.genai import types


def current_temperature(city: str) -> float:
    """Temperature in a city, in degrees.

    Args:
        city: Name of the city.
    """
    return 7.5


client = genai.Client(api_key="k", http_options={"base_url": os.environ["PROOF_URL"]})
client.models.generate_content(
    model="gemini-2.5-flash",
    contents="How warm is it in Tromsø?",
    config=types.GenerateContentConfig(
        tools=[current_temperature],
        automatic_function_calling=types.AutomaticFunctionCallingConfig(maximum_remote_calls=4),
    ),
)
