# The ledger: every stage of a run rebuilt bit for bit, also of one broken off and resumed, of changes without factors
# and of editors that write many times a round or hand over another weight; the run's changes under other filters.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 2048 --window 256 --layers 1-3 -o stats.h5 > table
edit() { # NAME ROUNDS OPTIONS
    name=$1 rounds=$2; shift 2
    spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-3 --lambda 1 --contexts 0 --steps 4 \
        --round 3 --rounds "$rounds" -q -o "$name.h5" "$@"
}
same() { # NAME OPTIONS: stages that only the ledger has against what was handed over when the run ended there
    name=$1; shift
    edit "$name" 1 "$@" && cp "$name.h5" one.h5 && edit "$name" 2 --resume "$@" || exit
    kept=last
    spx-info one.h5#final > differ 2>&1 && kept=final
    for s in base r1 r2; do
        spx-filter "$name.h5#$s" --model data/tiny.gguf --dtype F32 -o "$name-$s.gguf"
        case $s in base) was=data/tiny.gguf ;; r1) was=one.h5#$kept ;; r2) was=$name.h5#$kept ;; esac
        spx-info "$was" "$name-$s.gguf" | awk 'NR > 1 && $6 > 0' > differ
        test -s differ || echo "$name $s: as it was"
    done
}
same memit
same rect --filter rect
for e in rome prune nse ft-l; do same $e --editor $e --layers 2; done
same union --filter revive --basis union --tau 0.3
edit whole 2 && for s in base r1 r2; do spx-info whole.h5#$s memit.h5#$s > differ || echo "unbroken: $s is another one"; done
spx-info data/tiny.gguf memit-r1.gguf | cut -f 1,9 # three facts
spx-filter memit.h5 --tau 0.1,0.3 --basis original -t '*.1.*' |
    awk 'NR == 1 || $5 ~ /filter_k|share_left/ { print $1, $2, $3, $5, ($5 == "share_left" ? ($6 > 0) : $6) }
         $5 == "triple_residual" { print $1, $2, $5, ($6 < 2e-7 ? "exact" : "moved") }'
spx-filter memit.h5 --filter prune --json 2> note | head -n 1 | cut -c 1-107
spx-filter memit.h5 --filter spectral-cap --cap 0.2,0.5 -t '*.1.*' -q | awk '$5 == "written_norm" || NR == 1 { print $1, $2, $5 }'
spx-filter memit.h5 --cap 0.2,0.5 --tau 0.1,0.2 -q; echo "$?"
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
edit kept 2 --snapshots 1
for s in base r1 r2; do spx-info kept.h5#$s memit.h5#$s > differ || echo "$s is another one"; done
for f in memit kept; do
    spx-compare $f.h5#base $f.h5#r1 --tau 0.3 > $f.compared
    spx-eval $f.h5#r1 --model data/tiny.gguf --facts datasets/counterfact-2000.json --count 3 | cut -f 1-6 > $f.evaluated
    spx-perturb $f.h5#r1 --model data/tiny.gguf --keep 0.5 -t '*.1.ffn_down*' --dtype F32 -o $f-half.gguf | cut -f 1-5 > $f.perturbed
    spx-export $f.h5#r1 --model data/tiny.gguf --dtype F32 -o $f-whole.gguf
    spx-spectrum $f.h5#r1 -t '*.1.*' -q -o $f-spectra.h5 && spx-snapshot $f.h5#r1 -o $f-spectra.h5 --stage again
done
cmp kept.compared memit.compared && cmp kept.evaluated memit.evaluated && cmp kept-half.gguf memit-half.gguf && wc -l < kept.evaluated
cat memit.perturbed && spx-info memit-whole.gguf memit-half.gguf | awk '{ print $1, $4 }' # the others' edits are there too
cmp kept-whole.gguf memit-whole.gguf && spx-info kept-spectra.h5#again memit.h5#r1 | wc -l
spx-perturb memit.h5#r1 --keep 0.5 -o no.gguf; echo "$?"
spx-info memit.h5#r9; echo "$?"
spx-info without.h5#r1; echo "$?"
ls ./no.gguf
