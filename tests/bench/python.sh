#!/bin/sh
# python.sh [ROWS COLS [PYTHON]]: seconds of spx.revive on one random matrix beside those of the same calls from C (python.c), in turn,
# three times each, and the ratio of the least. PYTHON [python3] has the package of tools/python installed, or $SPX_LIBRARY and
# $PYTHONPATH lead to it; build/release has libspx.
set -eu
cd "$(dirname "$0")/../.."
rows=${1:-4096} cols=${2:-14336} python=${3:-python3}
lib=build/release/libspectra
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
cc -O2 -Iinclude tests/bench/python.c -L"$lib" -lspx -Wl,-rpath,"$PWD/$lib" -o "$dir/in_c"
cat > "$dir/in_python.py" << 'END'
import sys, time
import numpy as np, spx
rng = np.random.default_rng(1)
shape = int(sys.argv[1]), int(sys.argv[2])
W, dW = rng.standard_normal(shape), rng.standard_normal(shape)
start = time.perf_counter()
spx.revive(W, dW, tau=0.1)
print(f"{time.perf_counter() - start:.3f}")
END
for _ in 1 2 3; do
    "$dir/in_c" "$rows" "$cols" | tee -a "$dir/c"
    "$python" "$dir/in_python.py" "$rows" "$cols" | tee -a "$dir/python"
done > /dev/null
c=$(sort -n "$dir/c" | head -n 1) py=$(sort -n "$dir/python" | head -n 1)
printf 'C %s s, Python %s s, ratio %s\n' "$c" "$py" "$(awk "BEGIN { printf \"%.3f\", $py / $c }")"
