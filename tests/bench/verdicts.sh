#!/bin/sh
# verdicts.sh FOLDER [GROUP...]: hits and false alarms of spx-diagnose on labelled checkpoints of SmolLM2 (verdicts.py); rows go to
# FOLDER/verdicts.tsv. FOLDER keeps the checkpoints (15 GB) and what was judged: started again, it goes on. The environment may set
# PYTHON (with the packages that verdicts.py names), BIN (a folder of built tools), DIAGNOSE (further options of spx-diagnose) and
# RUNS (run files of the default experiment, whose rounds 10 and 30 are judged as group `edits`). About half an hour of two cores.
set -eu
[ $# -gt 0 ] || { echo "usage: verdicts.sh FOLDER [GROUP...]" >&2 && exit 2; }
mkdir -p "$1"
dir=$(cd "$1" && pwd) python=${PYTHON:-python3}
shift
cd "$(dirname "$0")/../.."
bin=${BIN:-build/release/tools} here=tests/bench
model=$(sh datasets/fetch.sh)
rows=$dir/verdicts.tsv
[ -s "$rows" ] || "$python" $here/verdicts.py heading > "$rows"

export_runs() {
    for run in ${RUNS:-}; do
        for stage in 10 30; do
            to=$dir/edit-$(basename "$run" .h5)-$stage
            [ -e "$to" ] || "$bin/spx-export" -q "$run#r$stage" --model "$dir/base" -o "$to"
        done
    done
}

# Those that are labelled and have no row yet, beside one evaluation of the base.
judge() {
    cut -f 1 "$rows" > "$dir/judged"
    cut -f 1 "$dir/labels.tsv" | grep -vxFf "$dir/judged" | sed "s|^|$dir/|" > "$dir/waiting" || return 0
    # shellcheck disable=SC2046,SC2086 # names without spaces, options are words
    "$bin/spx-diagnose" -q ${DIAGNOSE:-} "$dir/base" $(cat "$dir/waiting") --json > "$dir/new.jsonl" || [ $? -eq 1 ]
    "$python" $here/verdicts.py row "$dir" < "$dir/new.jsonl" >> "$rows"
}

# shellcheck disable=SC2046 # names without spaces
[ $# -gt 0 ] || set -- $("$python" $here/verdicts.py groups)
for group; do
    [ "$group" = edits ] && export_runs
    "$python" $here/verdicts.py make "$model" datasets/wikitext-2-valid.txt "$dir" "$group"
    judge
done
"$python" $here/verdicts.py summary "$rows"
