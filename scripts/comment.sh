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
if [ ! -s "$BODY" ]; then
    echo "::notice title=convcost::no comment: there is no report; the log says why"
    exit 0
fi
if ! command -v gh > /dev/null; then
    echo "::warning title=convcost::no comment: this runner has no gh"
    exit 0
fi

most=60000  # GitHub takes 65,536 characters
mark='<!-- convcost: costs -->'
# A token of a person writes in their name; that of the job, or of an app, in a bot's.
me=$(gh api user --jq .login 2> /dev/null) || me=
own=".[] | select(.user.type == \"Bot\" or .user.login == \"$me\")"
own+=" | select(.body | startswith(\"$mark\")) | .id"
text=$(mktemp)
{
    echo "$mark"
    if [ "$(wc -c < "$BODY")" -le "$most" ]; then
        cat "$BODY"
    else
        head -c "$most" "$BODY" | sed '$d'  # the last line may end anywhere
        printf '\n%s\n' "The rest has no room here; the summary of the run has it."
    fi
} > "$text"
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
