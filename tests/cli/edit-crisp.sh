# The filter by curvature: spx-stats --gradients keeps second moments of output gradients beside those of keys, which stay
# the same; crisp takes them by a run, by two checkpoints and by a bundle, and names what it lacks.
set -- data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 1024 --window 256 --layers 1-3
spx-stats "$@" -o plain.h5 > plain && spx-stats "$@" --gradients -o stats.h5 > table
cut -f 1-4 table | diff - plain && awk 'NR == 1 { print } NR > 1 { print $1, ($5 > 0 ? "curved" : $5) }' table
spx-stats "$@" --gradients --json -o json.h5 | sed 's/[0-9.e+-]*}$/X}/; s/"trace": [0-9.e+-]*/"trace": X/' | head -n 1
set -- data/tiny.gguf --facts datasets/counterfact-2000.json --layers 1-3 --lambda 1 --contexts 0 --steps 6 --round 4 --rounds 2 --eval-facts 1 -q
spx-edit "$@" --stats stats.h5 --filter crisp -o crisp.h5 && spx-edit "$@" --stats stats.h5 --filter crisp --tau 0.5 -o half.h5
spx-edit "$@" --stats stats.h5 --rounds 1 --filter crisp -o broken.h5 && spx-edit "$@" --stats stats.h5 --filter crisp -o broken.h5 --resume
spx-info crisp.h5#last broken.h5#last > changes; echo "resumed: $?"
spx-info crisp.h5#last half.h5#last > changes; echo "another share: $?"
spx-edit "$@" --stats stats.h5 -o none.h5
spx-filter data/tiny.gguf none.h5#last --filter crisp --stats stats.h5 -o kept.gguf --dtype F32 > table && awk 'NR > 1 { print $1, $3, ($6 < $5 ? "smaller" : "not smaller") }' table
# what crisp left, it leaves
spx-filter data/tiny.gguf kept.gguf --filter crisp --stats stats.h5 | awk 'NR > 1 { print $1, ($6 > 0.999999 * $5 ? "the same" : $6 / $5) }'
for arms in "--stats plain.h5" "--stats data/moments --layers 2" ""; do
    # shellcheck disable=SC2086  # words
    spx-edit "$@" $arms --filter crisp -o no.h5; echo $?
done
spx-edit "$@" --editor ridge --filter crisp -o no.h5; echo $?
spx-filter data/tiny.gguf none.h5#last --filter crisp --stats plain.h5; echo $?
spx-filter data/tiny.gguf none.h5#last --filter crisp; echo $?
spx-edit --bundle data/bundles/good.h5 --lambda 150 --filter crisp -o no.h5; echo $?
spx-edit "$@" --stats stats.h5 --filter crisp --basis union -o no.h5; echo $?
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --window 1 --gradients -o no.h5; echo $?
