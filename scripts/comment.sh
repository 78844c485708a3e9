#!/usr/bin/env bash
# What action.yml runs for the comment: one on each pull request, which is written anew by each run.
# The text is BODY, a file; nothing of it is run. What cannot be written is said, and fails nothing.
set -uo pipefail
# shellcheck source=scripts/inputs.sh
. "$(dirname "$0")/inputs.sh"

if ! is_true comment "${COMMENT:-false}" || [ -z "${NUMBER:-}" ]; then exit 0; fi
if [ "${HEAD:-}" != "$REPOSITORY" ]; then
    # Its token may only read, and a workflow with more rights must not run what a fork brings.
    echo "::notice title=convcost::a pull request of a fork gets no comment; the summary has it all"
    exit 0
fi

mark='<!-- convcost: costs -->'
own=".[] | select(.user.type == \"Bot\") | select(.body | startswith(\"$mark\")) | .id"
text=$(mktemp)
{ echo "$mark"; head -c 60000 "$BODY"; } > "$text"  # GitHub takes 65,536 characters
comments="repos/$REPOSITORY/issues/$NUMBER/comments"
{
    found=$(gh api "$comments" --paginate --jq "$own") &&
    found=${found%%$'\n'*} &&
    if [ -n "$found" ]; then
        gh api --method PATCH "repos/$REPOSITORY/issues/comments/$found" -F "body=@$text" --silent
    else
        gh api --method POST "$comments" -F "body=@$text" --silent
    fi
} || echo "::warning title=convcost::no comment: the job needs permissions: pull-requests: write"
rm -f "$text"
exit 0
