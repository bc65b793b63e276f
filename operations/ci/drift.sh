#!/usr/bin/env bash
# What was changed outside of the program: drift.sh STACK FOLDER
# Needs credentials that read, the values of secrets too. Exit status 0: nothing, 2: something (FOLDER/STACK.md says
# what), 1: it could not be told.
set -uo pipefail
stack=$1 folder=$2
export NO_COLOR=1 COLUMNS=100
mkdir -p "$folder"
preview=$(mktemp)
trap 'rm -f "$preview"' EXIT
pulumi preview --stack "$stack" --refresh --json --show-sames --non-interactive > "$preview" || exit 1
./streamctl drift --stack "$stack" --preview "$preview" --format markdown --output "$folder/$stack.md"
status=$?
# Only what drifted is told of.
[[ $status == 2 ]] || rm -f "$folder/$stack.md"
exit "$status"
