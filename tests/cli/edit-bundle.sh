# A batch from another program: changes by each closed form without a model, filtered where W is there; both files give
# the same; the output is a run file that other tools read. Bad bundles are refused with the reason.
for e in memit memit-seq encore alphaedit nse emmet rect prune ridge; do
    spx-edit --bundle data/bundles/good.h5 --editor $e --lambda 150 --neuron-threshold 0.6 -o $e.h5 | sed "s/^/$e\t/" | tail -n 1
    spx-info $e.h5#base $e.h5#r1 | awk 'NR == 2 { print "rank", $9 }'
done
spx-edit --bundle data/bundles/good.h5 --lambda 150 --filter revive --tau 0.3 -o revive.h5
spx-compare revive.h5#base revive.h5#r1 -t W --tau 0.3 | awk '$5 == "triple_residual" { print ($8 < 1e-6 ? "exact" : "moved") }'
for f in sums.npz sums.h5; do
    spx-edit --bundle data/bundles/$f --lambda 150 -o $f.h5 | tail -n 1
    spx-info memit.h5#r1 $f.h5#r1; echo $?
done
try() { # FILE OPTIONS...
    f=$1
    shift
    spx-edit --bundle "data/bundles/$f" "$@" -o bad.h5 2>&1 | tail -n 1
    rm -f bad.h5
}
for f in data/bundles/bad-*.npz; do
    name=$(basename "$f" .npz)
    try "$name.npz" --filter revive | tee npz
    try "$name.h5" --filter revive | sed 's/\.h5: /.npz: /' | diff npz -
done
spx-edit --bundle data/bundles/bad-ill-conditioned.h5 -o ill.h5
for name in singular indefinite moment-zero; do
    try "bad-$name.npz" --editor alphaedit
    try "bad-$name.npz" --editor ridge --filter alphaedit
done
for e in rome ft; do spx-edit --bundle data/bundles/good.h5 --editor $e -o bad.h5; done
spx-edit --bundle data/bundles/good.h5 -o memit.h5
spx-edit data/tiny.gguf --bundle data/bundles/good.h5 -o other.h5
spx-edit --bundle missing.h5 -o other.h5
# The run file keeps every parameter of the filter that was used.
parameters() { # FILTER ATTRIBUTES... -- OPTIONS...
    f=$1 names=
    shift
    while [ "$1" != -- ]; do names="$names $1"; shift; done
    shift
    spx-edit --bundle data/bundles/good.h5 --lambda 150 --filter "$f" "$@" -q -o "of-$f.h5" > table || exit
    for a in $names; do
        printf '%s %s %s\n' "$f" "$a" "$(h5dump -a "/$a" "of-$f.h5" | sed -n 's/.*(0): //p')"
    done
}
parameters norm-cap cap apply -- --cap 0.25
parameters prune alpha tau -- --alpha 1.5
parameters sphere weight basis energy tau rank seed -- --weight 0.75 --basis original --seed 3
