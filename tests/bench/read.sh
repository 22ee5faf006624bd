#!/bin/sh
# read.sh [PYTHON]: opening a file of 300 bf16 tensors (629 MB, in the page cache) and widening all of them to double, one thread,
# beside memcpy and the public Python reader. PYTHON has the packages of ../golden/requirements.txt.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3}
cmake --preset release > /dev/null
cmake --build --preset release -j "$(nproc)" --target bench_read > /dev/null
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
"$python" tests/bench/read.py "$dir/300.safetensors" make
printf 'reader\twhat\tmeasured\n'
for _ in 1 2; do
    build/release/tests/bench_read "$dir/300.safetensors"
    "$python" tests/bench/read.py "$dir/300.safetensors"
done
