# Every editor of the table, two rounds of three facts on a small model: the numeric rank of its first change, whether
# the first round is MEMIT's, and that a run broken off after one round goes on to the same numbers.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 1024 --window 256 --layers 1-3 -o stats.h5 > table
edit() { # EDITOR OPTIONS...
    e=$1
    shift
    case $e in
    rome | r-rome | ft*) set -- "$@" --layers 2 ;;
    nse) set -- "$@" --layers 1-3 --neuron-threshold 0.5 --max-iterations 2 ;;
    *) set -- "$@" --layers 1-3 ;;
    esac
    spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --contexts 1 --prefixes datasets/prefixes.txt \
        --steps 3 --round 3 --snapshots 1 --lambda 10 --lambda-n 0.01 --l2 0.1 --nullspace-energy 0.9 --ft-epochs 3 --gradient-lr 1e-3 \
        --eval-facts 1 -q --editor "$e" "$@"
}
spx-edit --help=options | awk -F '\t' '$3 == "editor" {print $5}' | tr ' ' '\n' > editors
while read -r e; do
    [ "$e" = locft-bf ] && continue # this tokenizer has no EOS: edit-locft.sh
    edit "$e" --rounds 2 -o "$e.h5" && edit "$e" --rounds 1 -o broken.h5 && edit "$e" --rounds 2 -o broken.h5 --resume || exit
    for s in base r1 r2 last; do spx-info "$e.h5#$s" broken.h5#$s > changes || echo "$e: $s is another one when resumed"; done
    spx-info "$e.h5#base" "$e.h5#r1" | awk -v e="$e" '$1 ~ /blk.2/ { print e, "rank", $9 }'
    spx-info memit.h5#r1 "$e.h5#r1" > changes 2>&1 && echo "$e begins as memit"
    spx-info "$e.h5#r2" "$e.h5#final" > changes 2>&1 && echo "$e is measured as if it ended there"
    rm broken.h5
done < editors
edit alphaedit --nullspace-energy 0 --nullspace-threshold 0 -o other.h5
for e in rome ft; do
    spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --contexts 0 --layers 1-3 --editor $e -o other.h5
done
# rect-compat solves every layer behind MEMIT's whole changes of the earlier ones: its first round is MEMIT's, entries chosen.
spx-filter data/tiny.gguf memit.h5#r1 --filter rect-compat --keep 0.4 --dtype F32 -q -o chosen.gguf > table
spx-info chosen.gguf rect-compat.h5#r1 | awk '/^blk/ { print $1, ($8 < 1e-6 ? "the same" : "another") }'
# prune-encore hands over what prune does to the last batch alone, added to the weight with that batch: W1 + D + D'.
edit memit --rounds 2 --lambda 1e-6 -o large.h5 && edit prune-encore --rounds 2 --lambda 1e-6 -o twice.h5
spx-export large.h5#r1 --model data/tiny.gguf --dtype F32 -o one.gguf
spx-filter one.gguf large.h5#r2 --filter prune --alpha 2.718281828459045 -q -o damped.gguf > table
changes() { spx-info "$@" | awk '/^blk.*ffn_down/ { printf "%s %.4g\n", $1, $7 }'; }
changes one.gguf damped.gguf > once
changes large.h5#r2 twice.h5#final | diff - once && changes large.h5#r1 large.h5#r2 | diff - once | wc -l
