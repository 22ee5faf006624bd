# The ledger: every stage of a run rebuilt bit for bit, also of one broken off and resumed, of changes without factors
# and of editors that write many times a round or hand over another weight; the run's changes under other filters.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 2048 --window 256 --layers 1-3 -o stats.h5 > table
edit() { # NAME ROUNDS OPTIONS
    name=$1 rounds=$2; shift 2
    spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-3 --lambda 1 --contexts 0 --steps 4 \
        --round 3 --rounds "$rounds" --snapshots 1 -q -o "$name.h5" "$@"
}
same() { # NAME
    for s in base r1 r2; do
        spx-filter "$1.h5#$s" --model data/tiny.gguf --dtype F32 -o "$1-$s.gguf" && spx-info "$1-$s.gguf" "$1.h5#$s" > differ &&
            echo "$1 $s: as it was"
    done
}
edit memit 2; same memit
edit killed 1; edit killed 2 --resume; same killed
edit rect 2 --filter rect; same rect
for e in rome prune nse ft-l; do edit $e 2 --editor $e --layers 2; same $e; done
edit union 2 --filter revive --basis union --tau 0.3; same union
spx-info data/tiny.gguf memit-r1.gguf | cut -f 1,9 # three facts
spx-filter memit.h5 --tau 0.1,0.3 --basis original -t '*.1.*' |
    awk 'NR == 1 || $5 ~ /filter_k|share_left/ { print $1, $2, $3, $5, ($5 == "share_left" ? ($6 > 0) : $6) }
         $5 == "triple_residual" { print $1, $2, $5, ($6 < 2e-7 ? "exact" : "moved") }'
spx-filter memit.h5 --filter prune --json 2> note | head -n 1 | cut -c 1-107
spx-filter memit.h5 --tau 0.3 --basis original -q --model data/tiny.gguf -o what-if.gguf > table
spx-compare data/tiny.gguf what-if.gguf | awk '$5 == "triple_residual" { print $3, ($8 < 2e-7 ? "exact" : "moved") }'
spx-filter union.h5 --tau 0.1,0.2 -o sweep.h5 && spx-filter union.h5 -q --tau 0.1,0.2 -o again.h5
spx-filter memit.h5 --filter dg-hard -t '*.2.*' -q > table; echo "$?"
edit without 1 --ledger 0 --snapshots 0
spx-filter without.h5 --tau 0.1; echo "$?"
spx-filter without.h5#r1 --model data/tiny.gguf -o no.gguf; echo "$?"
spx-filter memit.h5#r9 --model data/tiny.gguf -o no.gguf; echo "$?"
spx-filter memit.h5#r1 -o no.gguf; echo "$?"
spx-filter memit.h5#r1 --model data/tiny.gguf --tau 0.1 -o no.gguf; echo "$?"
spx-filter memit.h5 --tau 0.1,x; echo "$?"
spx-filter memit.h5 --tau 0.1,0.2 --model data/tiny.gguf -o no.gguf; echo "$?"
spx-filter memit.h5 -t nothing; echo "$?"
# A stage whose weights were not kept, for every tool that takes one.
edit late 2 --snapshots 0
for s in base r1 r2; do spx-info late.h5#$s memit.h5#$s > differ || echo "late.h5#$s is another one"; done
for f in late memit; do
    spx-compare $f.h5#base $f.h5#r1 --tau 0.3 > $f.compared
    spx-eval $f.h5#r1 --model data/tiny.gguf --facts datasets/counterfact-2000.json --count 3 | cut -f 1-6 > $f.evaluated
done
cmp late.compared memit.compared && cmp late.evaluated memit.evaluated && wc -l < late.evaluated
spx-info late.h5#r9; echo "$?"
spx-info without.h5#r1; echo "$?"
ls ./no.gguf
