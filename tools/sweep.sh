#!/bin/sh
# sweep.sh MODEL FOLDER keep|group NAME "POINTS" "SPX-PERTURB OPTIONS" "SPX-EVAL OPTIONS": runs a mechanism experiment.
# MODEL is perturbed at every point (a kept share of the spectrum, or the number of a group) and tested; FOLDER/NAME.h5
# gets a stage a point, the first one of the unchanged model. Points that the file has are not repeated. The tools are
# found in SPX_TOOLS or on PATH.
set -eu
[ $# -eq 7 ] || { sed -n '2,5s/^# //p' "$0" >&2; exit 2; }
model=$1 folder=$2 what=$3 name=$4 points=$5 perturb=$6 eval=$7
PATH=${SPX_TOOLS:+$SPX_TOOLS:}$PATH
case $what in
keep) at=1 ;;
group) at=0 ;;
*) echo "sweep.sh: unknown experiment '$what' (expected keep or group)" >&2; exit 2 ;;
esac
mkdir -p "$folder"
run=$folder/$name.h5 part=$folder/$name.part.gguf
trap 'rm -f "$part"' EXIT

# What was perturbed and how it was tested: a run file is not continued in another way.
said="$what|$perturb|$eval|$(sha256sum < "$model")"
if [ -e "$run" ] && [ "$(cat "$run.settings" 2> /dev/null)" != "$said" ]; then
    echo "sweep.sh: $run was made with other options or another model" >&2
    exit 3
fi
printf '%s\n' "$said" > "$run.settings"

has() { [ -e "$run" ] && grep -qx "$1" "$run.done" 2> /dev/null; }
evaluate() { # CHECKPOINT STAGE PLACE
    # shellcheck disable=SC2086 # options are words
    spx-eval "$1" $eval -q -o "$run" --stage "$2" --edits "$3" > /dev/null
    echo "$2" >> "$run.done"
    echo "$name: $2"
}
has base || evaluate "$model" base "$at"
for point in $points; do
    has "$what-$point" && continue
    # shellcheck disable=SC2086
    spx-perturb "$model" "--$what" "$point" $perturb -q -o "$part" > /dev/null
    evaluate "$part" "$what-$point" "$point"
done
