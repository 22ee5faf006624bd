# Rules for targets, SimIE and an editor whose room ends: each run broken off after one round goes on to the same numbers;
# what cannot be combined is refused with the reason; a preset may name the rule.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 1024 --window 256 --layers 1-3 -o stats.h5 > table
edit() {
    spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --contexts 1 --prefixes datasets/prefixes.txt \
        --steps 3 --round 3 --snapshots 1 --lambda 10 --lambda-n 0.01 --l2 0.1 --ft-epochs 3 --eval-facts 1 -q "$@"
}
compare() { # NAME OPTIONS...
    n=$1
    shift
    edit --rounds 2 -o "$n.h5" "$@" && edit --rounds 1 -o broken.h5 "$@" && edit --rounds 2 -o broken.h5 --resume "$@" || exit
    for s in r1 r2 last; do spx-info "$n.h5#$s" broken.h5#$s > changes || echo "$n: $s is another one when resumed"; done
    spx-info "$n.h5#base" "$n.h5#r2" | awk -v n="$n" '/^blk/ { print n, $1, "rank", $9 }'
    rm broken.h5
}
compare fe --layers 1-3 --targets fe
compare blue --layers 1-3 --targets blue
compare nas --layers 1-3 --targets nas --pilot 4 --argmax-hits 1 --editor encore --argmax-prefixed 1
compare nas-rome --layers 2 --targets nas --editor rome
compare simie --layers 1-3 --simie 100
compare simie-rome --layers 2 --simie 100 --editor rome
compare simie-ft --layers 2 --simie 100 --editor ft
edit --rounds 2 --layers 1-3 --filter revive --tau 0.2 --simie 100 -o filtered.h5 && spx-info filtered.h5#base filtered.h5#r2 | grep -c ffn_down
echo '{"layers": "1-3", "targets": "fe"}' > preset.json
edit --rounds 2 --preset preset.json -o preset.h5 && spx-info fe.h5#r2 preset.h5#r2 > changes && echo "the preset's rule is the option's"
edit --rounds 2 --preset preset.json --targets spread -o option.h5 && spx-info fe.h5#r2 option.h5#r2 > changes || echo "an option overrides it"
edit --rounds 2 --layers 1-3 --targets spread -o fe.h5 --resume
edit --rounds 2 --layers 1-3 --simie 10 -o simie.h5 --resume
edit --rounds 1 --layers 1-3 --targets forward -o other.h5
edit --rounds 1 --layers 2 --targets fe --editor ft-m -o other.h5
edit --rounds 1 --layers 2 --targets blue --editor rome -o other.h5
edit --rounds 1 --layers 1-3 --targets blue --editor nse -o other.h5
edit --rounds 1 --layers 1-3 --simie 100 --editor memit-seq -o other.h5
edit --rounds 1 --layers 1-3 --simie 100 --editor prune -o other.h5
spx-edit --bundle data/bundles/good.h5 --editor ridge --targets spread -o other.h5
spx-edit --bundle data/bundles/good.h5 --editor ridge --simie 1 -o other.h5
test -e other.h5 || echo "nothing is written"
# Seven dimensions: two rounds of three facts leave one, in which the third still writes; the fourth has none.
edit --rounds 4 --layers 2 --editor evoedit --nullspace-kept 7 -o room.h5; echo $?
edit --rounds 4 --layers 2 --editor evoedit --nullspace-kept 7 -o room.h5 --resume; echo $?
spx-plot layers --metric solve_kept room.h5 -o kept.svg && echo "the room can be drawn"
h5dump -d /tensors/blk.2.ffn_down.weight/solve_kept -y -o kept room.h5 > dump && tail -n 1 kept && echo
