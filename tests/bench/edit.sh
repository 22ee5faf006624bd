#!/bin/sh
# edit.sh [PYTHON [FACTS [THREADS [PAIRS [PRESET]]]]]: seconds an edit of the target search, ours beside edit_loop.py's two
# procedures, alternating; the largest relative difference between our targets and the public procedure's; how many
# operations an edit takes: what equal arithmetic rates would make of the times; and seconds an edit of each rule for targets in a
# round of 20 facts (ridge), by what they go into. PRESET defaults to the published search,
# published.json; PRODUCTS=split in the environment is for ours alone. PYTHON has the packages of ../golden/requirements.txt.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3} facts=${2:-5} threads=${3:-2} pairs=${4:-3} preset=${5:-tests/bench/published.json}
cmake --build --preset release --target bench_targets spx-edit > /dev/null
model=$(sh datasets/fetch.sh)
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
inputs="$model datasets/counterfact-2000.json datasets/prefixes.txt $preset $facts $threads"
printf 'pair\tspx\tpublic\tcached\tpublic/spx\tcached/spx\n'
for pair in $(seq "$pairs"); do
    # shellcheck disable=SC2086
    for who in spx public cached; do
        case $who in
        spx) build/release/tests/bench_targets $inputs "$dir/spx.txt" ;;
        *) "$python" tests/bench/edit_loop.py $who $inputs "$dir/$who.txt" ;;
        esac | cut -f 1
    done | paste -s | awk -v p="$pair" '{ printf "%d\t%.4f\t%.4f\t%.4f\t%.2f\t%.2f\n", p, $1, $2, $3, $2 / $1, $3 / $1 }'
done
paste -d ' ' "$dir/spx.txt" "$dir/public.txt" | awk '{
    n = NF / 2; d = s = 0
    for (i = 1; i <= n; i++) { d += ($i - $(n + i))^2; s += $(n + i)^2 }
    if (sqrt(d / s) > worst) worst = sqrt(d / s)
} END { printf "largest |z - z_public| / |z_public|: %.2g\n", worst }'
{
    # shellcheck disable=SC2086
    build/release/tests/bench_targets $inputs
    # shellcheck disable=SC2086
    for who in public cached; do "$python" tests/bench/edit_loop.py $who $inputs --flops; done
} | cut -f 3 | paste -s | awk '{ printf "GFLOP an edit: spx %s, public %s (%.2f), cached %s (%.2f)\n", $1, $2, $2 / $1, $3, $3 / $1 }'
for rule in spread fe blue nas; do
    build/release/tools/spx-edit "$model" --facts datasets/counterfact-2000.json --prefixes datasets/prefixes.txt --preset "$preset" \
        --editor ridge --targets $rule --round 20 --rounds 1 --eval-facts 1 -j "$threads" -q -o "$dir/$rule.h5"
done
"$python" - "$dir" << 'END'
import sys
import h5py
print("rule\ttargets\tkeys\tsolves\tsteps")
for rule in ("spread", "fe", "blue", "nas"):
    f = h5py.File(f"{sys.argv[1]}/{rule}.h5")
    seconds = [f"{f['timing/seconds_' + part][1] / 20:.4f}" for part in ("targets", "keys", "solves")]
    print(rule, *seconds, f"{f['edits/target_steps'][1]:.1f}", sep="\t")
END
