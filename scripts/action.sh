#!/usr/bin/env bash
# What action.yml runs: the check with annotations, and its report as the summary of the job, also
# where the check fails. Inputs come as variables; nothing of them is run as a command.
set -uo pipefail

convcost=${CONVCOST:-convcost}
# shellcheck source=scripts/inputs.sh
. "$(dirname "$0")/inputs.sh"

arguments=(--lockfile "${LOCKFILE:-convcost.lock}")
if is_true locked "${LOCKED:-false}"; then arguments+=(--locked); fi
if is_true allow-new "${ALLOW_NEW:-false}"; then arguments+=(--allow-new); fi
read -r -a tolerances <<< "$(tr '\n' ' ' <<< "${TOLERANCE:-}")"
for each in ${tolerances[@]+"${tolerances[@]}"}; do arguments+=("--tolerance=$each"); done
if [ -n "${AGAINST:-}" ]; then arguments+=(--against "$AGAINST"); fi
read -r -a configs <<< "$(tr '\n' ' ' <<< "${CONFIGS:-}")"
arguments+=(-- ${configs[@]+"${configs[@]}"})  # an empty list is unset to older shells

code=0
"$convcost" check --format github "${arguments[@]}" || code=$?

places=()
if is_true summary "${SUMMARY:-true}" && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    places+=("$GITHUB_STEP_SUMMARY")
fi
if [ -n "${BODY:-}" ]; then : > "$BODY" && places+=("$BODY"); fi  # of the comment
if [ "${#places[@]}" -gt 0 ]; then
    said=$(mktemp)
    {
        echo "## convcost"
        "$convcost" check --format markdown --exit-zero "${arguments[@]}" 2> "$said"
        echo
        sed 's/^/    /' "$said"  # as code: what is said of a file is no markup
    } | tee -a "${places[@]}" > /dev/null
    rm -f "$said"
fi
exit "$code"
