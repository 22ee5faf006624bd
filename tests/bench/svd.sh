#!/bin/sh
# svd.sh [CLAIM...]: the speed of the spectral engine, one table for each claim; without arguments all of them, about eight
# minutes on two cores and 10 GB of memory.
#   triplets  all values and the top K of one matrix, compared with LAPACK's drivers on the same BLAS
#   pair      two matrices compared by spx-compare, and by torch.linalg.svd in f32 and f64
#   gram      a Gram matrix by dsyrk and by residues, with one thread and all
#   reduce    tridiagonal form by dsytrd and by two stages, with one thread and all
#   threads   several matrices one after another with all threads, or side by side with one each
#   model     every matrix of the default model
# The environment may set PYTHON (with the packages of ../golden/requirements.txt), ROWS, COLS and K (4096, 14336, 273).
set -eu
cd "$(dirname "$0")/../.."
python=${PYTHON:-python3} rows=${ROWS:-4096} cols=${COLS:-14336} k=${K:-273}
export GOMP_SPINCOUNT=2000 # as in the tools; it helps LAPACK's drivers as much as the engine
cmake --preset release > /dev/null
cmake --build --preset release -j "$(nproc)" --target bench_svd spx-compare spx-spectrum spx-info > /dev/null
kernels=$(sh tests/kernels.sh build/release/tools)
[ -z "$kernels" ] || export OPENBLAS_CORETYPE="$kernels"
bench=build/release/tests/bench_svd tools=build/release/tools

triplets() { $bench dense "$rows" "$cols" "$k"; }
pair() {
    if "$python" -c 'import torch, safetensors' 2> /dev/null; then
        "$python" tests/bench/svd.py pair $tools "$rows" "$cols"
    else
        echo "pair: skipped, $python has no torch or no safetensors"
    fi
}
reduce() {
    for order in 1024 1536 2048 $rows; do
        OMP_NUM_THREADS=1 $bench reduce "$order" "$order"
        $bench reduce "$order" "$order"
    done
}
gram() {
    for size in 256 576 1024 2048 $rows; do
        OMP_NUM_THREADS=1 $bench gram "$size" $((size * 7 / 2))
        $bench gram "$size" $((size * 7 / 2))
    done
}
threads() { for size in 576 1536; do $bench threads $size $((size * 8 / 3)); done; }
model() { "$python" tests/bench/svd.py model $tools "$(sh datasets/fetch.sh)"; }

[ $# -gt 0 ] || set -- triplets pair gram reduce threads model
for claim; do
    case $claim in
    triplets | pair | gram | reduce | threads | model) ;;
    *) echo "svd.sh: unknown claim '$claim'" >&2 && exit 2 ;;
    esac
    printf '\n== %s\n' "$claim"
    $claim
done
