#!/bin/sh
# sweeps.sh RESULTS [PLAN MODEL BLOCKS]: runs the mechanism experiments of a plan [analysis] on its model [the default one] and
# the blocks that it edits ["6 7 8 9 10"], into RESULTS/PLAN/sweeps, where spx-collapse finds them; about ten minutes of one
# core with AMX for the default model. They test what the model can do with a leading share of the singular values of its FFN
# output matrices, of all blocks or of those that are edited; and with noise of a fifth of a matrix's norm in one tenth of its
# spectrum, with five seeds. TEST holds other options of the tests. The tools are found in SPX_TOOLS or on PATH.
set -eu
[ $# -eq 1 ] || [ $# -eq 4 ] || { sed -n '2,6s/^# //p' "$0" >&2; exit 2; }
plan=${2:-analysis}
mkdir -p "$1/$plan/sweeps"
to=$(cd "$1/$plan/sweeps" && pwd)
cd "$(dirname "$0")/.."
model=${3:-$(sh datasets/fetch.sh)}
test="--facts datasets/counterfact-2000.json --count 100 --perplexity datasets/wikitext-2-test.txt --tokens 4096
--lambada datasets/lambada-500.jsonl --lambada-items 100 ${TEST:---products split}"
edited=$(for block in ${4:-6 7 8 9 10}; do printf -- '-t blk.%s.ffn_down.weight ' "$block"; done)
sweep() { sh tools/sweep.sh "$model" "$to" "$@" "$test"; }
sweep keep ffn-count "0.01 0.03 0.1 0.3 0.6 1" "--share-of count"
sweep keep edited-count "0.01 0.03 0.1 0.3 0.6 1" "$edited--share-of count"
for seed in 1 2 3 4 5; do
    sweep group "block-seed-$seed" "1 2 4 6 8 10" "--noise block --size 0.2 --seed $seed"
done
