#!/usr/bin/env bash
# What CI finds out about one stack without credentials: stack.sh STACK BASE FOLDER
# BASE is a commit. Every step notes its exit status in FOLDER/STACK/outcomes and leaves what it printed beside it; the
# next one runs all the same. Exit status 1 where one failed.
set -uo pipefail
stack=$1 base=$2 folder=$3/$1
export NO_COLOR=1 COLUMNS=100
mkdir -p "$folder"
: > "$folder/outcomes"

step() { # step NAME COMMAND...
    local name=$1 status=0
    shift
    echo "--- $stack: $name"
    "$@" > "$folder/$name.txt" 2>&1 || status=$?
    cat "$folder/$name.txt"
    echo "$name $status" >> "$folder/outcomes"
}

step synth ./streamctl synth --stack "$stack"
step diff ./streamctl diff "$base..HEAD" --stack "$stack" --format markdown --output "$folder/diff.md"
step policy ./streamctl policy --stack "$stack"
step cost ./streamctl cost --stack "$stack"
# The same findings for those who read them by machine. Their exit status is that of `policy` above.
./streamctl policy --stack "$stack" --format sarif --output "$folder/policy.sarif" > /dev/null 2>&1
./streamctl policy --stack "$stack" --format junit --output "$folder/policy.xml" > /dev/null 2>&1
! grep -qv ' 0$' "$folder/outcomes"
