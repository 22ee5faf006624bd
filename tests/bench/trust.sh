#!/bin/sh
# trust.sh: Tracy-Widom edges, permutation nulls and rival laws of spx-spectrum --null beside diffract-core and powerlaw on the 30 FFN
# output matrices of SmolLM2 in f32: where the numbers differ, and seconds, alternating. Some eight minutes on two cores.
# The environment may set PYTHON (with the packages of ../golden/requirements.txt), PEERS (Python 3.12 with diffract-core==0.3.1
# powerlaw==1.5 safetensors==0.8.0), THREADS (2), PAIRS (2 alternations) and LAYERS (30: the first so many).
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3} peers=${PEERS:-$python} threads=${THREADS:-2} pairs=${PAIRS:-2} layers=${LAYERS:-30}
export OMP_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads"
cmake --preset release > /dev/null
cmake --build --preset release -j "$(nproc)" --target spx-spectrum > /dev/null
bin=$PWD/build/release/tools here=$PWD/tests/bench
model=$(sh datasets/fetch.sh)
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
"$python" "$here/trust.py" make "$model" "$dir" "$layers"
cd "$dir"

timed() { # TOOL PAIR COMMAND...
    tool=$1 pair=$2
    shift 2
    command time -o time.txt -f '%e' "$@" > out.txt 2> err.txt || { cat err.txt >&2 && exit 1; }
    printf '%s\t%s\t%s\n' "$tool" "$pair" "$(tail -n 1 time.txt)" | tee -a seconds.tsv
}
printf 'tool\tpair\tseconds\n'
for pair in $(seq "$pairs"); do
    timed 'spx-spectrum' "$pair" "$bin/spx-spectrum" weights.safetensors -j "$threads" --json
    timed 'spx-spectrum --null' "$pair" "$bin/spx-spectrum" weights.safetensors --null -j "$threads" --json
    mv out.txt ours.jsonl
    timed 'diffract-core, powerlaw' "$pair" "$peers" "$here/trust.py" peers weights.safetensors theirs.json
done
"$peers" "$here/trust.py" compare ours.jsonl theirs.json seconds.tsv
