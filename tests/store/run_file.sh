#!/bin/sh
# run_file.sh BIN ROOT: run files that the tools write, opened by h5py and xarray. Exit status 77 where Python lacks
# either (SPX_PYTHON names another interpreter than python3).
set -eu
bin=$1 root=$2
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
"$bin/spx-spectrum" "$root/tests/data/tiny.gguf" -o "$dir/spectrum.h5"
"$bin/spx-compare" "$root/tests/golden/change-base.safetensors" "$root/tests/golden/change-edited.safetensors" -t '*.0.*' --maps -o "$dir/compare.h5" ||
    [ $? -eq 1 ]
"${SPX_PYTHON:-python3}" "$root/tests/store/run_file.py" "$dir/spectrum.h5" "$dir/compare.h5"
