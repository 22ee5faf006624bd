#!/bin/sh
# run.sh [PRESET [CTEST ARGUMENT...]]: builds and runs every test (preset dev), or those that the arguments leave. Tests of the
# fetched model are skipped where it cannot be fetched.
set -eu
cd "$(dirname "$0")/.."
preset=${1:-dev}
[ $# -gt 0 ] && shift
sh tools/setup.sh
sh datasets/fetch.sh > /dev/null || echo "run.sh: no model; its tests are skipped" >&2
cmake --preset "$preset" > /dev/null
cmake --build --preset "$preset" -j "$(nproc)" > "build/$preset/build.log" 2>&1 || { tail -n 40 "build/$preset/build.log"; exit 1; }
kernels=$(sh tests/kernels.sh "build/$preset/tools")
[ -z "$kernels" ] || export OPENBLAS_CORETYPE="$kernels"
ctest --preset "$preset" -j "$(nproc)" "$@"
