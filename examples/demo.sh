#!/usr/bin/env bash
# Audits a copy of the example bot, then shows what a branch with a longer prompt and a larger model would change.
# Usage: demo.sh [COSTGATE]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
costgate=${1:-costgate}
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
export COSTGATE_CACHE_DIR="$copy/cache" GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
show() { printf '\n$ costgate %s\n' "$*"; }

cp -R "$here/support-bot" "$copy/support-bot"
cd "$copy/support-bot"
git init --quiet
git checkout --quiet -b main
git config user.name demo
git config user.email demo@example.invalid
git add --all
git commit --quiet --message "A support bot"

show audit
"$costgate" audit

git checkout --quiet -b warmer-answers
cat >>prompts/system.md <<'MORE'

Tone: begin with a sentence of sympathy, and name the customer's garden, plants or tools where they were mentioned.
Close with one piece of advice for the season. In spring speak of sowing and pruning, in summer of water and shade, in
autumn of bulbs and leaves, in winter of cleaning and sharpening tools. Keep the advice to one sentence, and leave it
out when the customer is annoyed. Prefer short words. Never use exclamation marks. Never say that you are a model.
When a tool is out of stock, name the one that comes closest, and say in which way it differs.
MORE
sed -i.old 's/"gpt-4.1-mini"/"gpt-4.1"/' bot/settings.py
rm -f bot/settings.py.old
git add --all
git commit --quiet --message "Warmer answers, larger model"

show diff --base main
code=0
"$costgate" diff --base main || code=$?
printf '\nexit code %s\n' "$code"
[ "$code" -le 1 ]
