# Editors that follow gradients: no statistics of text, any filter; their running statistics come out of the run file, so
# that a run broken off goes on to the same numbers (StableEdit whitens from the second round on). What they cannot do.
set -- data/tiny.gguf --facts datasets/counterfact-2000.json --contexts 0 --layers 1-3 --round 12 --gradient-lr 1e-3 --eval-facts 1 -q
for e in ultraedit ultraedit-compat stableedit; do
    spx-edit "$@" --editor $e --rounds 2 -o $e.h5 && spx-edit "$@" --editor $e --rounds 1 -o broken.h5 || exit
    spx-edit "$@" --editor $e --rounds 2 -o broken.h5 --resume && spx-info $e.h5#last broken.h5#last > changes; echo "$e resumed: $?"
    rm broken.h5
done
spx-info ultraedit.h5#last ultraedit-compat.h5#last > changes; echo "the public code's variance is another: $?"
spx-edit "$@" --editor ultraedit --rounds 1 --filter revive --basis original --tau 0.2 --measure-tau 0.2 -o revive.h5
spx-compare data/tiny.gguf revive.h5#last --tau 0.2 | awk '$5 == "triple_residual" { if ($8 > worst) worst = $8 } END { print (worst > 0 && worst < 2e-7 ? "exact" : worst) }'
spx-edit "$@" --editor stableedit --stable-ridge 20 --rounds 3 -o stableedit.h5 --resume; echo $?
spx-edit "$@" --editor ultraedit --gradient-batch 0 -o no.h5; echo $?
spx-edit "$@" --editor ultraedit --feedback 1 --filter revive -o no.h5; echo $?
spx-edit --bundle data/bundles/good.h5 --editor ultraedit -o no.h5; echo $?
# One fact of one token in a pass has no unbiased variance.
sed 's/"target_new": "[^"]*"/"target_new": "a"/' datasets/counterfact-2000.json > short.json
spx-edit data/tiny.gguf --facts short.json --contexts 0 --layers 2 --round 2 --rounds 1 --gradient-batch 1 --editor ultraedit-compat -q -o no.h5; echo $?
