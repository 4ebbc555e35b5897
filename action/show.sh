#!/usr/bin/env bash
# Shows a measured report: in the log, as annotations, as job summary, as SARIF and HTML file.
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
# file NAME PATH: the report in this format as a file, and its path as an output.
file() {
  local path=$2
  [[ -n $path ]] || return 0
  [[ $path == /* || $path == ?:* ]] || path=$GITHUB_WORKSPACE/$path
  mkdir -p "$(dirname "$path")"
  "$COSTGATE" render "$REPORT" "--format=$1" "--output=$path"
  output "$1" "$path"
}
file sarif "$SARIF"
file html "$HTML"
