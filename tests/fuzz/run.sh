#!/bin/sh
# run.sh [SECONDS [CORPUS...]]: fuzzes each reader from its corpus (tests/fuzz/corpus/*) for SECONDS each, two at a
# time; fails on the first finding and names its input. Needs clang.
set -eu
cd "$(dirname "$0")/../.."
seconds=${1:-30}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- gguf safetensors torch numpy pickle index moments quantised facts config adapter
cmake --preset fuzz > /dev/null
cmake --build --preset fuzz -j "$(nproc)" --target fuzz_ckpt --target fuzz_pickle --target fuzz_index --target fuzz_moments --target fuzz_quantised --target fuzz_facts --target fuzz_config --target fuzz_adapter > build/fuzz/build.log 2>&1 || { tail -n 40 build/fuzz/build.log; exit 1; }
work=build/fuzz/work
# shellcheck disable=SC2016 # $0 to $2 are the inner shell's
for c; do
    mkdir -p "$work/$c"
    target=fuzz_ckpt
    [ -e "tests/fuzz/fuzz_$c.c" ] && target=fuzz_$c
    echo "$c $target"
done | xargs -P "$(nproc)" -n 2 sh -c 'build/fuzz/tests/fuzz/$2 -max_total_time=$0 -rss_limit_mb=3072 -malloc_limit_mb=2560 -timeout=20 \
    -max_len=16384 -artifact_prefix=build/fuzz/work/$1- -print_final_stats=0 build/fuzz/work/$1 tests/fuzz/corpus/$1 > build/fuzz/work/$1.log 2>&1 ||
    { echo "$1: $(grep -m 1 -E "ERROR|SUMMARY|Test unit" build/fuzz/work/$1.log)"; exit 255; }
    echo "$1: $(grep -E "^Done|DONE" build/fuzz/work/$1.log | tail -n 1)"' "$seconds"
