#!/bin/sh
# spectra.sh [PYTHON [PEERS [THREADS [PAIRS]]]]: spx-spectrum and spx-compare beside the tools that exist, on SmolLM2 and a copy of it
# in which five FFN output matrices are changed by rank 100; alternating, wall seconds and peak memory, and where the numbers differ.
# PYTHON has the packages of ../golden/requirements.txt; PEERS has weightwatcher==0.7.7 modeldelta==0.4.4 mergelens==2.0.3.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3} peers=${2:-$python} threads=${3:-2} pairs=${4:-3}
bin=$PWD/build/release/tools here=$PWD/tests/bench
model=$(sh datasets/fetch.sh)
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
export OMP_NUM_THREADS="$threads" OMP_WAIT_POLICY=passive
"$python" "$here/spectra.py" make "$model" "$dir"
cd "$dir"
printf 'work\ttool\tpair\tseconds\tMiB\n'
timed() { # WORK TOOL PAIR COMMAND...
    work=$1 tool=$2 pair=$3
    shift 3
    code=0
    command time -o time.txt -f '%e %M' "$@" > out.txt 2> err.txt || code=$?
    [ "$code" -le 1 ] || { cat err.txt >&2 && exit "$code"; }
    tail -n 1 time.txt | awk -v w="$work" -v t="$tool" -v p="$pair" '{ printf "%s\t%s\t%s\t%.2f\t%.0f\n", w, t, p, $1, $2 / 1024 }'
}
for pair in $(seq "$pairs"); do
    timed '211 spectra' spx-spectrum "$pair" "$bin/spx-spectrum" base-f32 --all -j "$threads" --json
    mv out.txt spectra.jsonl
    timed '211 spectra' weightwatcher "$pair" "$peers" "$here/spectra.py" weightwatcher base-f32 "$threads" ww.json
    for type in f32 bf16; do
        timed "base against edited, $type" spx-compare "$pair" "$bin/spx-compare" "base-$type" "edited-$type" --all -j "$threads" --json
        mv out.txt "compare-$type.jsonl"
        timed "base against edited, $type" modeldelta "$pair" "$(dirname "$peers")/modeldelta" "base-$type" "edited-$type" -q -o delta.json
        timed "base against edited, $type" mergelens "$pair" "$(dirname "$peers")/mergelens" compare "base-$type" "edited-$type" --json lens.json
    done
    timed '20 stages of 5 matrices' spx-compare "$pair" "$bin/spx-compare" base-f32 stage-*.safetensors -o series.h5 -j "$threads"
    rm -f series.h5
done
"$bin/spx-compare" base-f32 edited-f32 -k 64 --json -j "$threads" > compare-64.jsonl
printf '\nnumbers\tours\ttheirs\n'
"$peers" "$here/spectra.py" numbers
