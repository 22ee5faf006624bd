#!/bin/sh
# svd.sh [PYTHON [ROWS COLS K]]: one table of the spectral engine's speed: against LAPACK's drivers on the same BLAS, against
# torch.linalg.svd, over two stages, with threads either way, and on the default model. PYTHON has the packages of
# ../golden/requirements.txt. Some 10 GB of memory and, at 4096 x 14336 on two cores, some ten minutes.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3} rows=${2:-4096} cols=${3:-14336} k=${4:-273}
export OMP_WAIT_POLICY=passive # one pool of threads for BLAS and our own loops
cmake --preset release > /dev/null
cmake --build --preset release -j "$(nproc)" > /dev/null
model=$(sh datasets/fetch.sh)
bench=build/release/tests/bench_svd
$bench dense "$rows" "$cols" "$k"
"$python" tests/bench/svd.py pair build/release/tools "$rows" "$cols"
$bench series $((rows / 2)) $((cols / 2))
for size in 576 1536 2048 "$rows"; do $bench threads "$size" $((size * 8 / 3)); done
"$python" tests/bench/svd.py model build/release/tools "$model"
