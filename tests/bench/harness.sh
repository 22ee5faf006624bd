#!/bin/sh
# harness.sh PYTHON [ITEMS [MMLU_FOLDER]]: spx-eval beside lm-evaluation-harness on the fetched model, the same files and items: 2,048
# tokens of perplexity, LAMBADA, two questions a subject of MMLU (its folder has test/*.csv). PYTHON has what harness.py names.
# Both compute in float: the same windows and words agree to its rounding. The harness's own windows (perplexity_rolling) score the
# first token of each too, so that they are another number; spx-eval has no such row.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3} items=${2:-100} mmlu=${3:-}
model=$(sh datasets/fetch.sh)
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
words=datasets/lambada-500.jsonl text=datasets/wikitext-2-test.txt
"$python" tests/bench/harness.py "$model" "$words" "$items" "$text" 2048 "$mmlu" 2 > "$dir/theirs.tsv"
build/release/tools/spx-eval "$model" --perplexity "$text" --tokens 2048 --lambada "$words" --lambada-items "$items" \
    ${mmlu:+--task "mmlu=$mmlu" --limit 2} > "$dir/ours.tsv"
printf 'metric\tharness\tspx\titems\n'
awk -F '\t' 'NR == FNR { v[$1] = $3; next } { print $1 "\t" $2 "\t" ($1 in v ? v[$1] : "-") "\t" $3 }' "$dir/ours.tsv" "$dir/theirs.tsv"
