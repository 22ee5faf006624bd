#!/bin/sh
# python.sh [ROWS [COLS [PYTHON]]]: seconds of spx.revive on one random matrix beside those of the same calls from C (python.c), in turn,
# three times each, and the ratios of the least: to C that filters the change in place, and to C that keeps it by a copy, as spx.revive
# does. PYTHON [python3] has the package of tools/python installed, or $SPX_LIBRARY and $PYTHONPATH lead to it; build/release has libspx.
set -eu
cd "$(dirname "$0")/../.."
rows=${1:-4096} cols=${2:-14336} python=${3:-python3}
for n in "$rows" "$cols"; do
    case $n in '' | *[!0-9]*) echo "python.sh: '$n' is no number of rows or columns (usage: python.sh [ROWS [COLS [PYTHON]]])" >&2 && exit 2 ;; esac
done
"$python" -c 'import spx' || exit 2
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
    "$dir/in_c" "$rows" "$cols" >> "$dir/c"
    "$python" "$dir/in_python.py" "$rows" "$cols" >> "$dir/python"
done
cut -d' ' -f1 "$dir/c" | sort -n > "$dir/in_place"
cut -d' ' -f2 "$dir/c" | sort -n > "$dir/kept"
sort -n "$dir/python" | paste - "$dir/in_place" "$dir/kept" |
    awk 'NR == 1 { printf "spx.revive %.3f s; C in place %.3f s, ratio %.3f; C that keeps the change %.3f s, ratio %.3f\n", $1, $2, $1 / $2, $3, $1 / $3 }'
