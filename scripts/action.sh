#!/usr/bin/env bash
# What action.yml runs: the check with annotations, and its report as the summary of the job, also
# where the check fails. Inputs come as variables; nothing of them is run as a command.
set -uo pipefail

arguments=(--lockfile "${LOCKFILE:-convcost.lock}")
[ "${LOCKED:-false}" = true ] && arguments+=(--locked)
[ -n "${AGAINST:-}" ] && arguments+=(--against "$AGAINST")
read -r -a configs <<< "$(tr '\n' ' ' <<< "${CONFIGS:-}")"

code=0
convcost check "${arguments[@]}" --format github -- "${configs[@]}" || code=$?

if [ "${SUMMARY:-true}" = true ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    {
        echo "## convcost"
        convcost check "${arguments[@]}" --format markdown --exit-zero -- "${configs[@]}" 2>&1
    } >> "$GITHUB_STEP_SUMMARY"
fi
exit "$code"
