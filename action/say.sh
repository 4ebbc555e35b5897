# shellcheck shell=bash
# Messages for the job's log. Sourced by the other scripts.

# stop TEXT [LINE...]: an annotation, then what to do about it, then the exit code of a user's mistake.
stop() {
  printf '::error title=costgate::%s\n' "$(one_line "$1")"
  shift
  for line in "$@"; do printf '  %s\n' "$(one_line "$line")"; done
  exit 2
}

# note TEXT: an annotation that fails nothing.
note() { printf '::warning title=costgate::%s\n' "$(one_line "$1")"; }

# A line break in a value must not start another command.
one_line() { printf '%s' "$1" | tr '\r\n' '  '; }

# output NAME VALUE: an output of the step.
output() { printf '%s=%s\n' "$1" "$(one_line "$2")" >>"$GITHUB_OUTPUT"; }
