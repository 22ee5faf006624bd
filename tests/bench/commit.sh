#!/bin/sh
# commit.sh [ROUNDS [EDITS [PRESET]]]: what a round's commit costs as a run grows (20,000 edits: 200 rounds of 100, five matrices of
# 576 x 1536, a ledger), without and with the keys that sequential editors remember: seconds and bytes of the commits of rounds 2, 50 and
# 200, all bytes written over the size of the joined file, and the peak memory at rounds 50 and 200 and after the joining. commit.c says what is real.
set -eu
cd "$(dirname "$0")/../.."
rounds=${1:-200} edits=${2:-100} preset=${3:-release}
cmake --build --preset "$preset" --target bench_commit > /dev/null
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
for keys in "" keys; do
    # shellcheck disable=SC2086
    "build/$preset/tests/bench_commit" "$dir/run.h5" "$rounds" "$edits" $keys > "$dir/out"
    echo "${keys:-ledger alone}"
    awk -F '\t' 'NR == 1 || $1 == 2 || $1 == 50 || $1 == 200 || $1 == "join"; $1 == "all" { printf "written / final size\t%.2f\n", $4 / $5 }' "$dir/out"
    rm "$dir/run.h5"
done
