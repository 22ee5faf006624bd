# Every figure of two small arms: its table, and its picture in each form; what cannot be drawn is said.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 2048 --window 256 --layers 1-3 -o stats.h5 > table
for filter in none revive; do
    spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-3 --lambda 10 --contexts 0 --steps 3 \
        --round 3 --rounds 2 --filter $filter --tau 0.2 --perplexity datasets/wikitext-2-test.txt --tokens 256 --window 128 -q -o "$filter.h5"
done
for figure in collapse subspace norm spectrum angles overtaking layers bars timeline frontier; do
    spx-plot $figure MEMIT=none.h5 "with REVIVE=revive.h5" -o $figure.svg && head -c 5 $figure.svg && echo " $figure: $(wc -l < $figure.tsv)"
    head -n 1 $figure.tsv
done
spx-plot layers none.h5 --metric retained_gain -t '*.2.*' -o one.png && cut -f 1-4 one.tsv
spx-plot angles none.h5 --width 7.7 -o angles.tex && ls angles*
spx-plot layers none.h5 --metric nothing -o no.svg; echo $?
spx-plot frontier stats.h5 -o no.svg; echo $?
spx-plot what none.h5; echo $?
PATH=$(dirname "$(command -v spx-plot)") spx-plot collapse none.h5 -o no.svg; echo $?
ls no.*
