#!/usr/bin/env bash
# Shows a measured report: in the log, as annotations, as job summary, as SARIF file.
set -euo pipefail
# shellcheck source=say.sh
source "$GITHUB_ACTION_PATH/action/say.sh"

"$COSTGATE" render "$REPORT" --format=text
if [[ $ANNOTATIONS == true ]]; then
  "$COSTGATE" render "$REPORT" --format=github
fi
if [[ $SUMMARY == true ]]; then
  "$COSTGATE" render "$REPORT" --format=markdown >>"$GITHUB_STEP_SUMMARY"
fi
if [[ -n $SARIF ]]; then
  [[ $SARIF == /* || $SARIF == ?:* ]] || SARIF=$GITHUB_WORKSPACE/$SARIF
  mkdir -p "$(dirname "$SARIF")"
  "$COSTGATE" render "$REPORT" --format=sarif "--output=$SARIF"
  output sarif "$SARIF"
fi
