"""costgate.yaml and a team's rules: a setting, or a mistake with its place."""

import sys

import atheris
from instrumented import watch

watch("costgate.config", "costgate.policy", "costgate.knowledge")

from costgate.config import parse_config
from costgate.model.error import UserError
from costgate.policy.rule import parse_checked


def target(data: bytes) -> None:
    """What is no configuration and no rule is a UserError."""
    text = data.decode("utf-8", "surrogateescape")
    for parse in (lambda: parse_config(text, "costgate.yaml"), lambda: parse_checked("rule.yml", text)):
        try:
            parse()
        except UserError as error:
            str(error)


if __name__ == "__main__":
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
