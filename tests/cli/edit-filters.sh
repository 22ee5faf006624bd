# Filters on the way through a run: under basis original (and union) the protected triples stay exact to the
# rounding of a float weight, under none they do not; sigma_1 does not grow under revive.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 1024 --window 256 --layers 1-3 -o stats.h5 > table
for arm in none/current revive/original revive/current revive/union random/current norm-matched/current \
    left/original block/original product/current taper/current sphere/current alphaedit/current prune/current rect/current; do
    f=${arm%/*} b=${arm#*/}
    spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-3 --lambda 1 --contexts 0 --steps 6 \
        --round 4 --rounds 2 --filter "$f" --basis "$b" --tau 0.2 --measure-tau 0.2 --eval-facts 1 --eval-every 2 --snapshots 1 -q -o "$f-$b.h5" || exit
    spx-compare data/tiny.gguf "$f-$b.h5#r2" --tau 0.2 | awk -v arm="$arm" '
        $5 == "triple_residual" { if ($8 > worst) worst = $8 }
        END { print arm, (worst < 2e-7 ? "exact" : worst > 1e-3 ? "moved" : worst) }'
done
