#!/bin/sh
# same_numbers.sh BEFORE AFTER [FOLDER]: two builds (their tools folders) give the same numbers: the run files of every
# case of tests/cli, of spx-compare on two checkpoints and of datasets/plans/quick.json, dataset by dataset. PYTHON has h5py. Cases are those
# of this tree for both builds; one that a build's options do not allow is said and left out on both sides.
set -eu
[ $# -ge 2 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
before=$(cd "$1" && pwd) after=$(cd "$2" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${3:-$(mktemp -d)}
mkdir -p "$work"
work=$(cd "$work" && pwd)

cases() { # TOOLS SIDE
    for case in "$root"/tests/cli/*-*.sh; do
        name=$(basename "$case" .sh) dir=$work/$2/$(basename "$case" .sh)
        mkdir -p "$dir"
        ln -sfn "$root/tests/data" "$dir/data" && ln -sfn "$root/tests/golden" "$dir/golden" && ln -sfn "$root/datasets" "$dir/datasets"
        (cd "$dir" && PATH="$1:$PATH" LC_ALL=C sh "$case" > output 2>&1) || echo "$2: $name ends with $?"
        rm "$dir/data" "$dir/golden" "$dir/datasets"
    done
}
compare() { # TOOLS SIDE
    mkdir -p "$work/$2/compare"
    "$1/spx-compare" "$root/tests/golden/change-base.safetensors" "$root/tests/golden/change-edited.safetensors" --all --maps -q \
        -o "$work/$2/compare/compare.h5" > /dev/null || [ $? -eq 1 ]
}
quick() { "$1/spx-collapse" "$root/datasets/plans/quick.json" -q -o "$work/$2/quick" > /dev/null; }

export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
for side in before after; do
    tools=$before
    [ $side = before ] || tools=$after
    [ -n "${NO_CASES:-}" ] || cases "$tools" $side
    compare "$tools" $side
    [ -n "${NO_QUICK:-}" ] || quick "$tools" $side
done
"${PYTHON:-python3}" "$root/tests/bench/same_numbers.py" "$work/before" "$work/after"
