#!/bin/sh
# gradients.sh [PYTHON [THREADS [RATE]]]: two rounds of 20 facts on the fetched model by the editors that follow gradients, ours beside
# a PyTorch oracle in double written from the published formulas (tests/golden/gradients.py): how far apart the changes of each
# round are, relative to the oracle's, median and worst over five blocks, and how large they are beside the weight.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3} threads=${2:-2} rate=${3:-3e-5} bin=build/release/tools
model=$(sh datasets/fetch.sh)
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
for editor in ultraedit ultraedit-compat stableedit; do
    $bin/spx-edit "$model" --facts datasets/counterfact-2000.json --editor $editor --layers 6-10 --gradient-lr "$rate" --contexts 0 \
        --round 20 --rounds 2 --snapshots 1 --eval-facts 1 -j "$threads" -q -o "$dir/$editor.h5"
done
OMP_NUM_THREADS=$threads "$python" tests/bench/gradients.py "$model" datasets/counterfact-2000.json "$rate" "$dir"
