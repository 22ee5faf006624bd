#!/bin/sh
# reference.sh EDIT.py [PYTHON [THREADS]]: two rounds of 20 facts on the fetched model by every editor that a PyTorch oracle has
# (EDIT.py, its path), ours beside it from the same facts, text and settings: how far apart the targets z are, what the edited facts,
# perplexity and norms became. `prune` and `rect` are what AlphaEdit's code makes of them, so ours are the filters of that name.
set -eu
edit=$(realpath "$1")
cd "$(dirname "$0")/../.."
python=${2:-python3} threads=${3:-2} bin=build/release/tools
cmake --build --preset release --target bench_targets spx-info > /dev/null
kernels=$(sh tests/kernels.sh build/release/tools)
[ -z "$kernels" ] || export OPENBLAS_CORETYPE="$kernels"
model=$(sh datasets/fetch.sh)
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
here=$PWD/datasets
"$python" tests/bench/reference.py data "$model" "$here/counterfact-2000.json" "$here/prefixes.txt" "$here/wikitext-2-valid.txt" \
    "$here/wikitext-2-test.txt" "$here/lambada-500.jsonl" "$dir"
OMP_NUM_THREADS=$threads GGUF=$model DATA=$dir/data.json COVN=4096 PPLN=2048 LIMIT=86400 \
    "$python" tests/bench/reference.py run "$edit" "$dir" > "$dir/oracle.log"
$bin/spx-stats "$model" --text "$here/wikitext-2-valid.txt" --tokens 4096 --layers 6-10 -j "$threads" -o "$dir/stats.h5" > /dev/null

# ours NAME OPTIONS...: the run, then the targets of its second round on the model as the first one left it
ours() {
    name=$1
    shift
    $bin/spx-edit "$model" --facts "$here/counterfact-2000.json" --stats "$dir/stats.h5" --prefixes "$here/prefixes.txt" \
        --preset "$here/presets/smollm2-135m.json" --round 20 --rounds 2 --perplexity "$here/wikitext-2-test.txt" --tokens 2048 \
        -j "$threads" -q -o "$dir/$name.h5" "$@"
    $bin/spx-filter "$dir/$name.h5#r1" --model "$model" --dtype F32 -q -o "$dir/r1.gguf"
    for round in 1 2; do
        from=$model
        [ $round = 2 ] && from=$dir/r1.gguf
        build/release/tests/bench_targets "$from" "$dir/facts-r$round.json" "$here/prefixes.txt" \
            "$here/presets/smollm2-135m.json" 20 "$threads" "$dir/$name-r$round.z" > /dev/null
    done
}
ours memit --editor memit
ours memit-seq --editor memit-seq
ours encore --editor encore --lambda-n 10
ours alphaedit --editor alphaedit --l2 1
ours rect --editor memit --filter rect-compat --keep 0.4
ours prune --editor prune --prune-alpha 2.718281828459045
"$python" tests/bench/reference.py table "$dir"
