#!/usr/bin/env bash
# What the engine would change on the live stack: preview.sh STACK FOLDER [FLAG...]
# Needs credentials that read. FOLDER/STACK/preview.md says it to people; the preview itself is not kept.
set -uo pipefail
stack=$1 folder=$2/$1
shift 2
export NO_COLOR=1 COLUMNS=100
mkdir -p "$folder"
preview=$(mktemp)
trap 'rm -f "$preview"' EXIT
pack=(--policy-pack policies)
if [[ -f "policies/config/$stack.json" ]]; then
    pack+=(--policy-pack-config "policies/config/$stack.json")
fi
status=0
# --show-sames: without what stays as it is a policy could not see the whole.
pulumi preview --stack "$stack" --json --show-sames --non-interactive "${pack[@]}" "$@" \
    > "$preview" 2> "$folder/preview.txt" || status=$?
cat "$folder/preview.txt"
if [[ -s "$preview" ]]; then
    ./streamctl diff --preview "$preview" --stack "$stack" --format markdown --output "$folder/preview.md" \
        >> "$folder/preview.txt" 2>&1 || status=1
fi
echo "preview $status" > "$folder/outcomes-preview"
cat "$folder/preview.md" 2> /dev/null
exit "$status"
