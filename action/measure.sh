#!/usr/bin/env bash
# Measures once and saves the report. Whether the gate says no is told later: here only mistakes end the job.
set -euo pipefail
# shellcheck source=say.sh
source "$GITHUB_ACTION_PATH/action/say.sh"

mkdir -p "$(dirname "$REPORT")"
cd -- "$WORKING_DIRECTORY"
arguments=(diff "--base=$BASE" --head=HEAD --format=json "--output=$REPORT")
[[ -z $CONFIG ]] || arguments+=("--config=$CONFIG")
[[ -z $FAIL_ON ]] || arguments+=("--fail-on=$FAIL_ON")

code=0
"$COSTGATE" "${arguments[@]}" || code=$?
[[ $code == 0 || $code == 1 ]] || exit "$code"

verdict=$("$PYTHON" -I -c 'import json, sys; print(json.load(open(sys.argv[1], encoding="utf-8"))["verdict"]["result"])' "$REPORT")
output verdict "$verdict"
