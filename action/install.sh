#!/usr/bin/env bash
# Installs costgate into an environment of its own, away from the judged folder.
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

wanted=$GITHUB_ACTION_PATH
if [[ -n $VERSION ]]; then
  [[ $VERSION =~ ^[0-9][0-9A-Za-z.]*$ ]] || stop "'$VERSION' is no version." "Write it as 1.2.3."
  wanted="costgate-ci==$VERSION"
fi

# What comes with this action is built and run with what .ci/ names by hash; another version brings what it asks for.
install() {
  local pip=("$1" -I -m pip install --quiet --disable-pip-version-check)
  if [[ -n $VERSION ]]; then
    "${pip[@]}" "$wanted"
    return
  fi
  "${pip[@]}" --require-hashes -r "$wanted/.ci/build.txt" -r "$wanted/.ci/runtime.txt" &&
    "${pip[@]}" --no-deps --no-build-isolation "$wanted"
}

work=$RUNNER_TEMP/costgate
place=$work/venv-${VERSION:-own}
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
