# One measurement by every route: what a live run records, what spx-compare finds between the base
# and the run's stages, and what a replay of its ledger leaves are the same bytes, dataset by
# dataset, given one number of threads: the last bit of what BLAS sums depends on it.
facts=datasets/counterfact-2000.json
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 2048 --window 256 \
    --layers 1-3 -o stats.h5 > table
spx-edit data/tiny.gguf -j 1 --facts $facts --stats stats.h5 --layers 1-3 --lambda 1 \
    --contexts 0 --steps 4 --round 3 --rounds 2 --snapshots 1 --filter revive --tau 0.3 -q -o run.h5
spx-compare -j 1 data/tiny.gguf run.h5#base run.h5#r1 run.h5#r2 -q -o compared.h5
spx-filter -j 1 run.h5 --tau 0.3 -q -o replayed.h5
names() { # FILE TENSOR: the datasets of a tensor along the stage axis, by name
    h5ls "$1/tensors/$2" | awk '/Dataset/ && $1 != "sv" && $1 != "direction" { print $1 }' | sort
}
rows() { # FILE DATASET STAGES FROM TO: the bytes of stages FROM to TO of a dataset
    whole=dumped/$1$2
    [ -e "$whole" ] || h5dump -d "$2" -b LE -o "$whole" "$1" > dump
    size=$(($(wc -c < "$whole") / $3))
    tail -c +$(($4 * size + 1)) "$whole" | head -c $((($5 - $4 + 1) * size))
}
for tensor in blk.1.ffn_down.weight blk.3.ffn_down.weight; do
    for run in run compared replayed; do mkdir -p dumped/$run.h5/tensors/$tensor; done
    names run.h5 $tensor > live
    names compared.h5 $tensor > others
    comm -23 live others | tr '\n' ' '
    echo "are the live run's alone"
    comm -12 live others > shared
    while read -r name; do # the base beside itself is not decomposed by spx-compare
        rows run.h5 /tensors/$tensor/"$name" 3 1 2 > a
        rows compared.h5 /tensors/$tensor/"$name" 3 1 2 > b
        test -s a && cmp -s a b || echo "$name differs"
    done < shared
    echo "$(wc -l < shared) shared with spx-compare"
    names replayed.h5 $tensor | comm -12 live - | grep -v -e '^share_' -e _norm -e filter_k > shared
    while read -r name; do # the first course is the run as it was
        rows run.h5 /tensors/$tensor/"$name" 3 2 2 > a
        rows replayed.h5 /tensors/$tensor/"$name" 2 0 0 > b
        test -s a && cmp -s a b || echo "$name differs"
    done < shared
    echo "$(wc -l < shared) shared with a replay"
done
