#!/usr/bin/env bash
# Puts the verdict as a check run on the commit that the event is about.
set -euo pipefail
# shellcheck source=say.sh
source "$GITHUB_ACTION_PATH/action/say.sh"

if [[ $GITHUB_EVENT_NAME == pull_request && $HEAD_REPOSITORY != "$GITHUB_REPOSITORY" ]]; then
  note "A pull request from a fork gets no check run from here, since its token can only read. The job itself is a check that says the same."
  exit 0
fi

# A pull request's checks stand on its head, not on the merge that was measured.
"$COSTGATE" status "$REPORT" "--repo=$GITHUB_REPOSITORY" "--sha=${HEAD_SHA:-$GITHUB_SHA}" "--tag=$TAG" ||
  note "The check run could not be written; the log of this step says why. The verdict does not depend on it."
