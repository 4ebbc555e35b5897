#!/usr/bin/env bash
# Measures once and saves the report. Whether the gate says no is told later: here only mistakes end the job.
set -euo pipefail
# shellcheck source=say.sh
source "$GITHUB_ACTION_PATH/action/say.sh"

mkdir -p "$(dirname "$REPORT")"
cd -- "$WORKING_DIRECTORY"
[[ -z $FACTS ]] || export COSTGATE_CACHE_DIR=$FACTS
arguments=(diff "--base=$BASE" --head=HEAD --format=json "--output=$REPORT")
# A pull request can write every file of its checkout. What lies there is read from the base, as costgate.yaml is;
# only a file from elsewhere, such as a policy that another step has fetched, is taken as it is.
if [[ $CONFIG == /* || $CONFIG == ?:* ]]; then
  top=$(git rev-parse --show-toplevel)
  "$PYTHON" -I "$GITHUB_ACTION_PATH/action/outside.py" "$top" "$CONFIG" ||
    stop "The config '$CONFIG' lies in the checkout, where the pull request can write it." \
      "Give its path from the top of the repository, such as ci/costgate.yaml: then the base's version judges."
  arguments+=("--config=$CONFIG")
elif [[ -n $CONFIG ]]; then
  arguments+=("--base-config=$CONFIG")
fi
[[ -z $FAIL_ON ]] || arguments+=("--fail-on=$FAIL_ON")

# The labels of the pull request, which its author cannot set on a fork; only those that the base's policy lists count.
while IFS= read -r -d '' label; do
  arguments+=("--label=$label")
done < <("$PYTHON" -I -c 'import json, sys; [sys.stdout.write(f"{each}\0") for each in json.loads(sys.argv[1] or "null") or ()]' "${LABELS:-}")

code=0
"$COSTGATE" "${arguments[@]}" || code=$?
[[ $code == 0 || $code == 1 ]] || exit "$code"

verdict=$("$PYTHON" -I -c 'import json, sys; print(json.load(open(sys.argv[1], encoding="utf-8"))["verdict"]["result"])' "$REPORT")
output verdict "$verdict"
