#!/bin/sh
# threads.sh BIN ROOT: a run with one thread and with two, compared by threads.py. Exit status 77 where Python lacks h5py
# (SPX_PYTHON names another interpreter than python3).
set -eu
bin=$1 root=$2
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
"$bin/spx-stats" "$root/tests/data/tiny.gguf" --text "$root/datasets/wikitext-2-test.txt" --tokens 512 --window 128 --layers 1-2 -q -o "$dir/stats.h5" > "$dir/table"
for j in 1 2; do
    env -u OMP_NUM_THREADS -u OPENBLAS_NUM_THREADS "$bin/spx-edit" "$root/tests/data/tiny.gguf" --facts "$root/datasets/counterfact-2000.json" \
        --stats "$dir/stats.h5" --layers 1-2 --lambda 10 --contexts 0 --steps 3 --round 2 --rounds 3 -q -j "$j" -o "$dir/$j.h5"
done
"${SPX_PYTHON:-python3}" "$root/tests/run/threads.py" "$dir/1.h5" "$dir/2.h5"
