"""Prints the number of the pull request that another workflow's run was about, or nothing when it has moved on."""

import os
import sys

from costgate.forge.github import find_pull
from costgate.model.error import UserError


def main() -> int:
    """Exit code 2 when GitHub does not say."""
    asked = os.environ
    try:
        number = find_pull(
            asked["GITHUB_REPOSITORY"],
            f"{asked['RUN_OWNER']}:{asked['RUN_BRANCH']}",
            asked["RUN_SHA"],
            token=asked["GITHUB_TOKEN"],
            api_url=asked["GITHUB_API_URL"],
        )
    except UserError as error:
        print(f"costgate: {error}", file=sys.stderr)
        return 2
    print(number or "")
    return 0


if __name__ == "__main__":
    sys.exit(main())
