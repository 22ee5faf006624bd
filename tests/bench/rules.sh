#!/bin/sh
# rules.sh [PYTHON [THREADS]]: two rounds of ROUND facts (20 unless the environment says otherwise) on the fetched model by every
# rule for targets and by the editors that rules.py has, ours beside a PyTorch oracle from the same facts, text, second moments and
# settings: how far apart the changes of each block are, |change|, the share of the residual left after each write, and the
# dimensions that may still be written.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3} threads=${2:-2} round=${ROUND:-20} bin=build/release/tools
model=$(sh datasets/fetch.sh)
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
here=$PWD/datasets
$bin/spx-stats "$model" --text "$here/wikitext-2-valid.txt" --tokens 4096 --layers 6-10 -j "$threads" -o "$dir/stats.h5" > /dev/null

ours() { # NAME OPTIONS...
    name=$1
    shift
    $bin/spx-edit "$model" --facts "$here/counterfact-2000.json" --stats "$dir/stats.h5" --prefixes "$here/prefixes.txt" \
        --preset "$here/presets/smollm2-135m.json" --round "$round" --rounds 2 --snapshots 1 --eval-facts 1 \
        -j "$threads" -q -o "$dir/$name.h5" "$@"
}
for rule in spread fe blue nas; do ours memit-$rule --editor memit --targets $rule --pilot $((2 * round)); done
ours alphaedit-fe --editor alphaedit --targets fe --l2 1
ours evoedit-spread --editor evoedit --l2 1
OMP_NUM_THREADS=$threads "$python" tests/bench/rules.py run "$model" "$here/counterfact-2000.json" "$here/prefixes.txt" \
    "$here/presets/smollm2-135m.json" "$dir/stats.h5" "$dir"
"$python" tests/bench/rules.py table "$model" "$dir"
