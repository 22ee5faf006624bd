# A filter with error feedback: another run than without, the protected triples still exact, and a run broken off after
# two rounds goes on to the same numbers. Editors and filters without it, a bundle, and resuming without it are refused.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 1024 --window 256 --layers 1-3 -o stats.h5 > table
edit() { # NAME ROUNDS OPTIONS...
    name=$1 rounds=$2
    shift 2
    spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-3 --lambda 1 --lambda-n 0.1 --contexts 0 \
        --steps 4 --round 3 --rounds "$rounds" --eval-facts 1 --eval-every 9 --snapshots 1 -q -o "$name.h5" "$@"
}
for f in revive/original rect/current; do
    for e in memit-seq encore; do
        set -- --editor $e --filter ${f%/*} --basis ${f#*/} --tau 0.2
        edit plain 3 "$@" && edit whole 3 "$@" --feedback 1 && edit broken 2 "$@" --feedback 1 && edit broken 3 "$@" --feedback 1 --resume || exit
        for s in r1 r2 r3 last; do
            spx-info whole.h5#$s broken.h5#$s > changes || echo "$s is another one when resumed"
            spx-info plain.h5#$s whole.h5#$s > changes && echo "$e $f $s: as without feedback"
        done
        spx-compare data/tiny.gguf whole.h5#r3 --tau 0.2 | awk -v arm="$e $f" '
            $5 == "triple_residual" { if ($8 > worst) worst = $8 }
            END { print arm, (worst < 2e-7 ? "exact" : "moved") }'
        mv whole.h5 kept.h5 && rm plain.h5 broken.h5
    done
done
edit kept 4 --editor encore --filter rect --tau 0.2 --resume; echo "$?"
edit other 1 --editor memit --filter revive --feedback 1; echo "$?"
edit other 1 --editor encore --filter block --feedback 1; echo "$?"
spx-edit --bundle data/bundles/good.h5 --editor encore --feedback 1 -o other.h5; echo "$?"
