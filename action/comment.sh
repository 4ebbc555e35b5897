#!/usr/bin/env bash
# Keeps the comment on the pull request up to date, from the saved report alone.
set -euo pipefail
# shellcheck source=say.sh
source "$GITHUB_ACTION_PATH/action/say.sh"

number=${PULL_REQUEST:-$EVENT_PULL_REQUEST}
if [[ -z $number && -n $RUN_SHA ]]; then
  number=$("$PYTHON" -I "$GITHUB_ACTION_PATH/action/find_pull.py")
fi
if [[ -z $number ]]; then
  printf 'costgate: no open pull request to comment on\n'
  exit 0
fi
[[ $number =~ ^[0-9]+$ ]] || stop "'$number' is no pull request." "Give its number in the input pull-request."

if [[ $MODE == all && $GITHUB_EVENT_NAME == pull_request && $HEAD_REPOSITORY != "$GITHUB_REPOSITORY" ]]; then
  note "A pull request from a fork gets no comment from here, since its token can only read. The job summary has the report; docs/examples shows how a second workflow comments."
  exit 0
fi

code=0
"$COSTGATE" comment "$REPORT" "--repo=$GITHUB_REPOSITORY" "--pr=$number" "--tag=$TAG" "--mode=$COMMENT_MODE" || code=$?
if [[ $code != 0 && $MODE == comment ]]; then
  exit "$code"
elif [[ $code != 0 ]]; then
  note "The comment could not be posted; the log of this step says why. The verdict does not depend on it."
fi
