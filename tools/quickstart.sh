#!/bin/sh
# quickstart.sh [OUTPUT]: installs packages, builds, fetches the model and runs the default experiment.
set -eu
cd "$(dirname "$0")/.."
out=${1:-build/quickstart}
sh tools/setup.sh
cmake --preset release > /dev/null
cmake --build --preset release -j "$(nproc)" | tail -n 1
sh datasets/fetch.sh > /dev/null
began=$(date +%s)
build/release/tools/spx-collapse datasets/plans/quick.json -o "$out"
echo "Computed in $(($(date +%s) - began)) s. Report: $out/report.html"
