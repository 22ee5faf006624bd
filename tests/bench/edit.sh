#!/bin/sh
# edit.sh [PYTHON [FACTS [THREADS [PAIRS [PRESET]]]]]: seconds an edit of the target search, ours beside edit_loop.py's two
# procedures, alternating; the largest relative difference between our targets and the public procedure's; how many
# operations an edit takes: what equal arithmetic rates would make of the times; and seconds an edit of each rule for targets
# (ridge) and of each editor in a round of 20 facts, by what they go into; the editors from memit to ridge search the same targets,
# so what differs there is the machine. PRESET defaults to the published search, published.json; PRODUCTS=split in the
# environment is for ours alone. PYTHON has the packages of ../golden/requirements.txt.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3} facts=${2:-5} threads=${3:-2} pairs=${4:-3} preset=${5:-tests/bench/published.json}
cmake --build --preset release --target bench_targets spx-edit spx-info > /dev/null
kernels=$(sh tests/kernels.sh build/release/tools)
[ -z "$kernels" ] || export OPENBLAS_CORETYPE="$kernels"
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
# NAME EDITOR OPTIONS...: a round of 20 facts by it
one_round() {
    name=$1 editor=$2
    shift 2
    build/release/tools/spx-edit "$model" --facts datasets/counterfact-2000.json --prefixes datasets/prefixes.txt --preset "$preset" \
        --stats "$dir/stats" --editor "$editor" --round 20 --rounds 1 --eval-facts 1 -j "$threads" --products "${PRODUCTS:-float}" \
        -q -o "$dir/$name.h5" "$@"
}
build/release/tools/spx-stats "$model" --text datasets/wikitext-2-valid.txt --tokens 4096 --layers 6-10 -j "$threads" \
    -o "$dir/stats" > /dev/null
rules="spread fe blue nas"
solvers="memit memit-seq encore alphaedit evoedit nse emmet rect prune ridge"
followers="ultraedit stableedit ft-l locft-bf"
for rule in $rules; do one_round "$rule" ridge --targets "$rule"; done
for editor in $solvers; do one_round "$editor" "$editor"; done
one_round rome rome --layers 8
one_round memit-simie memit --simie 1e4
for editor in $followers; do
    case $editor in *ft*) layers=8 ;; *) layers=6-10 ;; esac
    one_round "$editor" "$editor" --layers $layers
done
# shellcheck disable=SC2086
"$python" - "$dir" $rules $solvers rome memit-simie $followers << 'END'
import sys
import h5py
print("rule or editor\tsum\ttargets\tkeys\tsolves\tsteps")
for name in sys.argv[2:]:
    f = h5py.File(f"{sys.argv[1]}/{name}.h5")
    seconds = [f[f"timing/seconds_{part}"][1] / 20 for part in ("targets", "keys", "solves")]
    steps = f"{f['edits/target_steps'][1]:.1f}" if "edits/target_steps" in f else ""
    print(name, *(f"{s:.4f}" for s in (sum(seconds), *seconds)), steps, sep="\t")
END
