#!/bin/sh
# sha.sh [PYTHON [GB]]: what SHA-256 costs on reading. Two synthetic checkpoints of GB each (random F16 matrices, in a temporary folder;
# the second differs in one) are compared, which reads every byte of both; and a run file that keeps the weights of two stages is
# compared and checked. Each command runs once to fill the cache and once with sha.c preloaded. Columns: bytes hashed, seconds in
# SHA-256, wall seconds, and wall / (wall - hashing), the ratio to the same work without. PYTHON has NumPy.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3} gb=${2:-2} tools=$PWD/build/${PRESET:-release}/tools
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
cc -O2 -shared -fPIC -o "$dir/sha.so" tests/bench/sha.c -ldl
cd "$dir"
"$python" - "$gb" << 'EOF'
import json, sys, numpy
n, count = 4096, int(float(sys.argv[1]) * 1e9 / (2 * 4096 * 4096))
rng = numpy.random.default_rng(1)
block = rng.standard_normal((n, n)).astype(numpy.float16)
for name in ("a", "b"):
    head = {f"model.layers.{i}.mlp.down_proj.weight": {"dtype": "F16", "shape": [n, n], "data_offsets": [2 * n * n * i, 2 * n * n * (i + 1)]}
            for i in range(count)}
    head["small"] = {"dtype": "F16", "shape": [64, 64], "data_offsets": [2 * n * n * count, 2 * n * n * count + 2 * 64 * 64]}
    text = json.dumps(head).encode()
    with open(f"{name}.safetensors", "wb") as f:
        f.write(len(text).to_bytes(8, "little") + text)
        for i in range(count):
            f.write(numpy.roll(block, i, axis=1).tobytes())
        f.write((block[:64, :64] * (1 if name == "a" else 2)).tobytes())
EOF
"$tools/spx-snapshot" a.safetensors -t small -t '*.0.*' -t '*.1.*' --stage one -q -o run.h5
"$tools/spx-snapshot" b.safetensors -t small -t '*.0.*' -t '*.1.*' --stage two -q -o run.h5
measure() { # NAME COMMAND
    name=$1; shift
    "$@" > out 2> err || :
    began=$(date +%s.%N)
    LD_PRELOAD=$dir/sha.so "$@" 9> count > out 2> err || :
    awk -v name="$name" -v wall="$(echo "$(date +%s.%N) $began" | awk '{ print $1 - $2 }')" \
        '{ printf "%s\t%.0f\t%.2f\t%.2f\t%.3f\n", name, $1, $2, wall, wall / (wall - $2) }' count
}
printf 'command\tbytes hashed\tseconds hashing\twall\tratio\n'
measure "spx-compare a b" "$tools/spx-compare" a.safetensors b.safetensors -t '*' -q
measure "spx-compare run#one run#two" "$tools/spx-compare" "run.h5#one" "run.h5#two" -t '*' -q
measure "spx-info run#one run#two" "$tools/spx-info" "run.h5#one" "run.h5#two"
measure "spx-info --check run" "$tools/spx-info" --check run.h5
