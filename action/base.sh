#!/usr/bin/env bash
# Finds the commit that the change is compared with, and sees to it that it is here.
set -euo pipefail
# shellcheck source=say.sh
source "$GITHUB_ACTION_PATH/action/say.sh"

have() { git cat-file -e "$1^{commit}" 2>/dev/null; }
shallow() { [[ $(git rev-parse --is-shallow-repository) == true ]]; }
related() { git merge-base "$1" HEAD >/dev/null 2>&1; }
fetch() { git fetch --quiet --no-tags "$@" >/dev/null 2>&1; }

# The parents as the commit itself names them: a shallow clone hides them from every other command.
parents() { git cat-file commit HEAD | awk '/^$/ { body = 1 } !body && $1 == "parent" { printf "%s ", $2 }'; }

absent() {
  stop "The base commit is not in this checkout." \
    "Give actions/checkout the input fetch-depth: 2 (0 when it checks out a branch instead of the merge)," \
    "or give this action the input base."
}

# A fetch with --depth or --deepen would make a full clone shallow, so only a shallow one gets it.
bring() {
  have "$1" && return
  if shallow; then fetch --depth=1 origin "$1" || true; else fetch origin "$1" || true; fi
  have "$1" || absent
}

relate() {
  local step
  for step in 1 2 4 8 16 32 64 128 256 512; do
    ! related "$1" || return 0
    shallow || break
    fetch --deepen="$step" origin "$(git rev-parse HEAD)" "$1" || break
  done
  ! shallow || fetch --unshallow origin || true
  related "$1" || absent
}

of_pull_request() {
  local first second more
  read -r first second more <<<"$(parents)" || true
  if [[ -z ${more:-} && ${second:-} == "$HEAD_SHA" ]]; then
    # GitHub's merge of the pull request: what it adds to its first parent is the change.
    have "$first" || { shallow && fetch --depth=2 origin "$(git rev-parse HEAD)"; } || true
    have "$first" || absent
    base=$first
  elif [[ $(git rev-parse HEAD) == "$HEAD_SHA" ]]; then
    if shallow; then
      fetch --depth=1 origin "+refs/heads/$BASE_REF:refs/remotes/origin/$BASE_REF" || true
    else
      fetch origin "+refs/heads/$BASE_REF:refs/remotes/origin/$BASE_REF" || true
    fi
    base=$(git rev-parse --verify --quiet "refs/remotes/origin/$BASE_REF^{commit}") || absent
    relate "$base"
  else
    stop "What is checked out is not this pull request." \
      "Check out its merge (the default of the event pull_request) or its head," \
      "or give this action the input base."
  fi
}

of_push() {
  if [[ $PUSHED_FROM =~ ^0*$ ]]; then
    read -r base _ <<<"$(parents)" || true
    [[ -n ${base:-} ]] || stop "The first commit has nothing to be compared with." "Give this action the input base."
  else
    base=$PUSHED_FROM
  fi
  bring "$base"
  relate "$base"
}

given() {
  base=$(git rev-parse --verify --quiet --end-of-options "$BASE^{commit}") ||
    base=$(git rev-parse --verify --quiet --end-of-options "refs/remotes/origin/$BASE^{commit}") ||
    { bring_ref "$BASE" && base=$(git rev-parse --verify --quiet 'FETCH_HEAD^{commit}'); } ||
    stop "The base '$BASE' is not in this checkout." "Give actions/checkout the input fetch-depth: 0, or another base."
  relate "$base"
}

bring_ref() {
  if shallow; then fetch --depth=1 origin -- "$1"; else fetch origin -- "$1"; fi
}

cd -- "$WORKING_DIRECTORY"
git rev-parse --git-dir >/dev/null 2>&1 || stop "There is no checkout in '$WORKING_DIRECTORY'." "Put actions/checkout before this step."

export GIT_TERMINAL_PROMPT=0
# Without credentials kept by the checkout, a private repository can be fetched from with the token. It goes through the
# environment, where no list of processes shows it.
if [[ -n $TOKEN ]] && ! git config --get-regexp '^http\..*\.extraheader$' >/dev/null; then
  secret=$(printf 'x-access-token:%s' "$TOKEN" | base64 | tr -d '\r\n')
  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader" GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $secret"
fi

base=
if [[ -n $BASE ]]; then
  given
else
  case $GITHUB_EVENT_NAME in
    pull_request | pull_request_target) of_pull_request ;;
    merge_group)
      base=$MERGE_GROUP_BASE
      bring "$base"
      relate "$base"
      ;;
    push) of_push ;;
    *) stop "The event $GITHUB_EVENT_NAME does not say what to compare with." "Give this action the input base." ;;
  esac
fi
output base "$base"

# The folder of facts that outlives the run, where one is wanted and nobody from outside could have filled it.
facts=
if [[ $CACHE == true && ($GITHUB_EVENT_NAME != pull_request* || $HEAD_REPOSITORY == "$GITHUB_REPOSITORY") ]]; then
  facts=$RUNNER_TEMP/costgate/facts
fi
output facts "$facts"
