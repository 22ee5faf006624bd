# Every figure of two small arms: its table, and its picture in each form; what cannot be drawn is said.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 2048 --window 256 --layers 1-3 -o stats.h5 > table
for filter in none revive; do
    spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-3 --lambda 10 --contexts 0 --steps 3 \
        --round 3 --rounds 2 --retention 1 --filter $filter --tau 0.2 --perplexity datasets/wikitext-2-test.txt --tokens 256 --window 128 -q -o "$filter.h5"
done
for figure in collapse subspace norm spectrum angles overtaking layers retention bars timeline frontier warning; do
    spx-plot $figure MEMIT=none.h5 "with REVIVE=revive.h5" -o $figure.svg && head -c 5 $figure.svg && echo " $figure: $(wc -l < $figure.tsv)"
    head -n 1 $figure.tsv
done
# The table of figures, which plots/make.sh reads: figure, template, the drawing that is its picture, what it shows.
spx-plot list
# An arm that breaks in round 2: what each number's alarm was worth.
spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-3 --lambda 0.03 --contexts 0 --steps 3 --clamp 4 \
    --round 3 --rounds 8 --perplexity datasets/wikitext-2-test.txt --tokens 256 --window 128 -q -o broken.h5
spx-plot warning broken.h5 none.h5 -o warning.svg && grep 'level.*[0-9]' warning.tsv
spx-plot layers none.h5 --metric retained_gain -t '*.2.*' -o one.png && cut -f 1-4 one.tsv
spx-compare data/tiny.gguf none.h5 --maps -o map.h5 && spx-plot alpha map.h5 -o alpha.svg && head -n 2 alpha.tsv | cut -f 1-4 && wc -l < alpha.tsv
awk 'NR > 1 { s += $5 } END { print (s > 0 && s <= 100.0001) }' alpha.tsv
# What a number says stands beside its name on the scale of colours where there is room for it.
for figure in retention layers; do spx-plot $figure none.h5 -o scale.gp && grep '^metric = ' scale.gp; done
spx-plot alpha none.h5 -o no.svg; echo $?
spx-plot bars none.h5 --among revive.h5 -o among.svg && cut -f 1,2 among.tsv
spx-plot angles none.h5 --width 7.7 -o angles.tex && ls angles*
spx-plot layers none.h5 --metric nothing -o no.svg; echo $?
spx-plot frontier stats.h5 -o no.svg; echo $?
spx-plot bars none.h5 stats.h5 -o glob.svg && cut -f 1,2 glob.tsv
spx-plot bars stats.h5 stats.h5 -o no.svg; echo $?
spx-plot what none.h5; echo $?
PATH=$(dirname "$(command -v spx-plot)") spx-plot collapse none.h5 -o no.svg; echo $?
ls no.*
mkdir bin && printf '#!/bin/sh\nkill -9 $$\n' > bin/gnuplot && chmod +x bin/gnuplot
PATH=$PWD/bin:$PATH spx-plot collapse none.h5 -o killed.svg; echo $?
echo 'plot nothing_there' > series.gp; cp "$(dirname "$(readlink -f datasets)")"/plots/style.gp .
spx-plot collapse none.h5 --templates . -o bad.svg; echo $?
ls killed.* bad.*
