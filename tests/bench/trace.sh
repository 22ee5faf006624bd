#!/bin/sh
# trace.sh [PYTHON [FACTS]]: causal traces of 20 facts that the fetched model knows, one sample of the noise, beside Hugging Face
# transformers: the same states restored by hooks, every restored run a whole forward pass. PYTHON has the packages of
# ../golden/requirements.txt.
set -eu
cd "$(dirname "$0")/../.."
cmake --build --preset release --target bench_trace --target spx-info > /dev/null
kernels=$(sh tests/kernels.sh build/release/tools)
[ -z "$kernels" ] || export OPENBLAS_CORETYPE="$kernels"
model=$(sh datasets/fetch.sh)
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
build/release/tests/bench_trace "$model" datasets/counterfact-2000.json "${2:-20}" > "$dir/traced"
PYTHONDONTWRITEBYTECODE=1 "${1:-python3}" tests/bench/trace.py "$model" "$dir/traced"
