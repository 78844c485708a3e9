#!/usr/bin/env bash
# What action.yml runs for the page of what changed: PAGE is written, and its path is the step's
# output. A page that cannot be made is said, and fails nothing: the check is the verdict.
set -uo pipefail
# shellcheck source=scripts/inputs.sh
. "$(dirname "$0")/inputs.sh"

is_true report "${REPORT:-true}" || exit 0
base=${AGAINST:-${BASE:-HEAD^}}
read -r -a configs <<< "$(tr '\n' ' ' <<< "${CONFIGS:-}")"

if "${CONVCOST:-convcost}" report --against "$base" --output "$PAGE" -- ${configs[@]+"${configs[@]}"}; then
    echo "page=$PAGE" >> "$GITHUB_OUTPUT"
else
    echo "::notice title=convcost::no report page; the log says why (fetch-depth: 0 has the history)"
fi
exit 0
