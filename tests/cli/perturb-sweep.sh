# Mechanism experiments as run files: begun, gone on with, not done again; refused with other options; drawn.
sweep() { sh "$(dirname "$(readlink -f datasets)")/tools/sweep.sh" data/tiny.gguf runs "$@"; }
eval="--perplexity datasets/wikitext-2-test.txt --tokens 256 --window 128"
sweep keep count "0.5 0.1" "--share-of count" "$eval"
sweep keep count "0.5 0.1 0.9" "--share-of count" "$eval"
sweep keep count "0.5" "--share-of sum" "$eval"; echo $?
sweep group block "1 2" "--groups 2 --size 0.3 --seed 1" "$eval"
spx-plot reconstruction runs/count.h5 -o r.svg && cut -f 1,2 r.tsv
spx-plot groups runs/block.h5 -o g.svg && cut -f 1,2 g.tsv && head -n 1 g.tsv
ls runs
