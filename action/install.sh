#!/usr/bin/env bash
# Installs the costgate that this action is part of into an environment of its own, away from the judged folder.
set -euo pipefail
# shellcheck source=say.sh
source "$GITHUB_ACTION_PATH/action/say.sh"

case $MODE in
  all | measure | comment) ;;
  *) stop "The mode '$MODE' does not exist." "Use all, measure or comment." ;;
esac

# The version of Python decides, not its name; -I keeps the judged folder's modules out.
"$PYTHON" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  stop "costgate needs Python 3.11 or newer, and '$PYTHON' is not." \
    "Put actions/setup-python with python-version '3.13' before this step," \
    "or name another Python in the input python."

# What comes with this action is built and run with what .ci/ names by hash.
install() {
  local pip=("$1" -I -m pip install --quiet --disable-pip-version-check) own=$GITHUB_ACTION_PATH
  "${pip[@]}" --require-hashes -r "$own/.ci/build.txt" -r "$own/.ci/runtime.txt" &&
    "${pip[@]}" --no-deps --no-build-isolation "$own"
}

work=$RUNNER_TEMP/costgate
place=$work/venv
mkdir -p "$work"
if [[ ! -d $place ]]; then
  cd "$work"
  "$PYTHON" -I -m venv "$place"
  for bin in "$place/bin" "$place/Scripts"; do
    [[ ! -d $bin ]] || install "$bin/python" ||
      { rm -rf "$place"; stop "costgate could not be installed." "The lines above say why: the runner must reach a package index."; }
  done
fi

bin=$place/bin
[[ -d $bin ]] || bin=$place/Scripts
report=${REPORT:-$work/report.json}
[[ $report == /* || $report == ?:* ]] || report=$GITHUB_WORKSPACE/$report
output costgate "$bin/costgate"
output python "$bin/python"
output report "$report"
