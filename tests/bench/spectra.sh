#!/bin/sh
# spectra.sh [CLAIM...]: spx-spectrum and spx-compare beside the tools that exist, on SmolLM2 and a copy of it in which five FFN output
# matrices are changed by rank 100; alternating, wall seconds and peak memory, and where the numbers differ. One table a claim, all of
# them without an argument, some six minutes on two cores.
#   spectra  every matrix, beside WeightWatcher: seconds, and the metrics that both report
#   pairs    base against edited, stored in f32 and in bf16, beside modeldelta and mergelens: seconds, ranks, overlaps
#   stages   20 stages of the five matrices
#   series   the 30 FFN output matrices, and a stage more, of which five are changed, or none: what it adds
# The environment may set PYTHON (with the packages of ../golden/requirements.txt), PEERS (a Python with weightwatcher==0.7.7
# modeldelta==0.4.4 mergelens==2.0.3; those it lacks are skipped), THREADS (2) and PAIRS (2 alternations).
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3} threads=${THREADS:-2} pairs=${PAIRS:-2}
peers=${PEERS:-$python}
export OMP_NUM_THREADS="$threads"
cmake --preset release > /dev/null
cmake --build --preset release -j "$(nproc)" --target spx-compare spx-spectrum > /dev/null
bin=$PWD/build/release/tools here=$PWD/tests/bench
model=$(sh datasets/fetch.sh)
[ $# -gt 0 ] || set -- spectra pairs stages series
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
"$python" "$here/spectra.py" make "$model" "$dir"
cd "$dir"

timed() { # WORK TOOL PAIR COMMAND...
    work=$1 tool=$2 pair=$3
    shift 3
    code=0
    command time -o time.txt -f '%e %M' "$@" > out.txt 2> err.txt || code=$?
    [ "$code" -le 1 ] || { cat err.txt >&2 && exit "$code"; }
    tail -n 1 time.txt | awk -v w="$work" -v t="$tool" -v p="$pair" '{ printf "%s\t%s\t%s\t%.2f\t%.0f\n", w, t, p, $1, $2 / 1024 }'
}
has() { "$peers" -c "import $1" 2> /dev/null || { echo "$1: skipped, $peers has it not" && return 1; }; }
table() { printf 'work\ttool\tpair\tseconds\tMiB\n'; }

spectra() {
    peer='' && if has weightwatcher; then peer=yes; fi
    table
    for pair in $(seq "$pairs"); do
        timed '211 spectra' spx-spectrum "$pair" "$bin/spx-spectrum" base-f32 --all -j "$threads" --json
        mv out.txt spectra.jsonl
        [ -z "$peer" ] || timed '211 spectra' weightwatcher "$pair" "$peers" "$here/spectra.py" weightwatcher base-f32 "$threads" ww.json
    done
    [ -z "$peer" ] || "$peers" "$here/spectra.py" metrics
}
pairs() {
    delta='' && if has modeldelta; then delta=yes; fi
    lens='' && if has mergelens; then lens=yes; fi
    table
    for pair in $(seq "$pairs"); do
        for type in f32 bf16; do
            work="base against edited, $type"
            timed "$work" spx-compare "$pair" "$bin/spx-compare" "base-$type" "edited-$type" --all -j "$threads" --json
            mv out.txt "compare-$type.jsonl"
            [ -z "$delta" ] || timed "$work" modeldelta "$pair" "$(dirname "$peers")/modeldelta" "base-$type" "edited-$type" -q -o delta.json
            [ -z "$lens" ] || timed "$work" mergelens "$pair" "$(dirname "$peers")/mergelens" compare "base-$type" "edited-$type" --json lens.json
        done
    done
    "$bin/spx-compare" base-f32 edited-f32 -k 64 --json -j "$threads" > compare-64.jsonl
    "$([ -z "$lens" ] && echo "$python" || echo "$peers")" "$here/spectra.py" changes
}
stages() {
    table
    for pair in $(seq "$pairs"); do
        timed '20 stages of 5 matrices' spx-compare "$pair" "$bin/spx-compare" base-f32 stage-*.safetensors -o series.h5 -j "$threads"
        rm -f series.h5
    done
}
series() {
    [ -e same-f32 ] || cp -r edited-f32 same-f32
    table
    for pair in $(seq "$pairs"); do
        timed '30 spectra' spx-spectrum "$pair" "$bin/spx-spectrum" base-f32 -j "$threads"
        timed '30 spectra, then 5 changed' spx-spectrum "$pair" "$bin/spx-spectrum" base-f32 edited-f32 -j "$threads"
        timed '30 compared, 5 changed' spx-compare "$pair" "$bin/spx-compare" base-f32 edited-f32 -j "$threads"
        timed '30 compared, 5 changed, then none' spx-compare "$pair" "$bin/spx-compare" base-f32 edited-f32 same-f32 -j "$threads"
    done
}

for claim; do
    case $claim in
    spectra | pairs | stages | series) ;;
    *) echo "spectra.sh: no claim '$claim'" >&2 && exit 2 ;;
    esac
    printf '\n== %s\n' "$claim"
    $claim
done
