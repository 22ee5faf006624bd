#!/bin/sh
# shellcheck disable=SC2086
# eval.sh [PYTHON [RECORDS [THREADS [PAIRS]]]]: seconds to evaluate CounterFact records in full (rewrite, two paraphrases, ten
# neighbours, two targets each), spx-eval beside eval_loop.py, alternating. PYTHON has the packages of ../golden/requirements.txt.
# The last column is the largest difference of a metric between the two, in percent points.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3} records=${2:-1000} threads=${3:-2} pairs=${4:-3}
model=$(sh datasets/fetch.sh)
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
"$python" tests/bench/eval_loop.py records datasets/counterfact-2000.json "$records" "$dir/facts.jsonl"
now() { date +%s.%N; }
printf 'pair\tspx\ttransformers\tratio\tdifference\n'
for pair in $(seq "$pairs"); do
    began=$(now)
    build/release/tools/spx-eval "$model" --facts "$dir/facts.jsonl" -j "$threads" > "$dir/ours.tsv"
    ours=$(echo "$(now) $began" | awk '{ print $1 - $2 }')
    theirs=$("$python" tests/bench/eval_loop.py run "$model" "$dir/facts.jsonl" "$threads" "$dir/theirs.tsv")
    awk -v pair="$pair" -v a="$ours" -v b="$theirs" 'NR == FNR { v[$1] = $2; next }
        $1 in v { d = $3 - v[$1]; d = d < 0 ? -d : d; if (d > most) most = d }
        END { printf "%d\t%.2f\t%.2f\t%.2f\t%.2g\n", pair, a, b, b / a, most }' "$dir/theirs.tsv" "$dir/ours.tsv"
done
