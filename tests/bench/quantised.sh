#!/bin/sh
# quantised.sh [PYTHON [PAIRS]]: spx-spectrum on eight matrices of 1024 x 4096 in FP8 with scales for blocks of 128 x 128, GPTQ's INT4
# and NF4, each beside the first's twin in BF16, in turn; seconds, peak memory and the ratio of the fastest runs. PYTHON has NumPy.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3} pairs=${2:-3} threads=${THREADS:-1}
cmake --preset release > /dev/null
cmake --build --preset release -j "$(nproc)" --target spx-spectrum > /dev/null
bin=$PWD/build/release/tools
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
"$python" tests/bench/quantised.py "$dir"
for _ in $(seq "$pairs"); do
    for kind in bf16 fp8 gptq nf4; do
        command time -a -o "$dir/times" -f "$kind %e %M" "$bin/spx-spectrum" -q -j "$threads" "$dir/$kind.safetensors" -o "$dir/out"
    done
done
printf 'weights\tseconds\tMiB\tof bf16\n'
awk '!($1 in best) || $2 < best[$1] { best[$1] = $2 } { peak[$1] = $3 }
    END { for (k in best) printf "%s\t%.2f\t%.0f\t%.2f\n", k, best[k], peak[k] / 1024, best[k] / best["bf16"] }' "$dir/times"
