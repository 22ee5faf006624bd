#!/bin/sh
# torch_arm.sh [PYTHON [ROUND [ROUNDS]]]: AlphaEdit under REVIVE in a PyTorch loop (torch_arm.py) beside the same arm of
# spx-edit: how far the weights are apart after ROUNDS [5] rounds of ROUND [10] facts, and how far the arm is apart from
# itself with OpenBLAS's kernels for another processor, which is what its own rounding makes of it.
# PYTHON [python3] has the packages of ../golden/requirements.txt and h5py; build/release has the tools and libspx.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3} round=${2:-10} rounds=${3:-5}
layers=6-8 l2=1 threshold=0.02 tau=0.2
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
model=$(sh datasets/fetch.sh)
inputs="datasets/counterfact-2000.json datasets/prefixes.txt datasets/presets/smollm2-135m.json $dir/stats.h5"
build/release/tools/spx-stats "$model" --text datasets/wikitext-2-valid.txt --tokens 8192 --layers $layers -q -o "$dir/stats.h5" > "$dir/log"
for kernels in own Haswell; do
    [ $kernels = own ] || export OPENBLAS_CORETYPE=$kernels
    build/release/tools/spx-edit "$model" --facts datasets/counterfact-2000.json --prefixes datasets/prefixes.txt \
        --preset datasets/presets/smollm2-135m.json --stats "$dir/stats.h5" --layers $layers --editor alphaedit --l2 $l2 \
        --nullspace-threshold $threshold --filter revive --tau $tau --round "$round" --rounds "$rounds" \
        --eval-facts "$round" --eval-every "$rounds" -q -o "$dir/$kernels.h5" >> "$dir/log"
done
unset OPENBLAS_CORETYPE
# shellcheck disable=SC2086  # several names
SPX_LIBRARY=${SPX_LIBRARY:-$PWD/build/release/libspectra/libspx.so} PYTHONPATH=tools/python/src:tests/golden \
    "$python" tests/bench/torch_arm.py "$model" $inputs $layers $l2 $threshold $tau "$round" "$rounds" "$dir/own.h5" "$dir/Haswell.h5"
