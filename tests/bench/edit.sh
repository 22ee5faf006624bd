#!/bin/sh
# edit.sh [PYTHON [FACTS [THREADS [PAIRS]]]]: seconds an edit, spx-edit (search, solves and writes) beside edit_loop.py (search only),
# alternating. PYTHON has the packages of ../golden/requirements.txt.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3} facts=${2:-10} threads=${3:-2} pairs=${4:-3}
bin=build/release/tools
model=$(sh datasets/fetch.sh)
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
$bin/spx-stats "$model" --text datasets/wikitext-2-valid.txt --tokens 16384 --layers 6-10 -j "$threads" -o "$dir/stats.h5" > /dev/null
printf 'pair\tspx\tpytorch\tratio\n'
for pair in $(seq "$pairs"); do
    rm -f "$dir/run.h5"
    $bin/spx-edit "$model" --facts datasets/counterfact-2000.json --stats "$dir/stats.h5" --prefixes datasets/prefixes.txt \
        --preset datasets/presets/smollm2-135m.json --round "$facts" --rounds 1 --eval-facts 1 -j "$threads" -q -o "$dir/run.h5"
    ours=$(h5dump -d /timing/seconds_targets -d /timing/seconds_keys -d /timing/seconds_solves -d /timing/seconds_filter -y -A 0 "$dir/run.h5" | grep -E '^ *[0-9.]+, [0-9.]+$' | awk -v n="$facts" '{ s += $2 } END { print s / n }')
    theirs=$("$python" tests/bench/edit_loop.py "$model" datasets/counterfact-2000.json datasets/prefixes.txt \
        datasets/presets/smollm2-135m.json "$facts" "$threads" | cut -f 1)
    echo "$pair $ours $theirs" | awk '{ printf "%d\t%.4f\t%.4f\t%.2f\n", $1, $2, $3, $3 / $2 }'
done
