#!/bin/sh
# latex.sh BIN ROOT: every figure as LaTeX, with labels and names that LaTeX would take for its own, goes through pdflatex; so
# do those of named stages. Every figure's script runs with plain gnuplot. Skipped where there is no pdflatex.
set -eu
bin=$(cd "$1" && pwd) root=$(cd "$2" && pwd)
command -v pdflatex > /dev/null || { echo "pdflatex is not installed"; exit 77; }
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
cd "$dir"
PATH=$bin:$PATH
tiny=$root/tests/data/tiny.gguf text=$root/datasets/wikitext-2-test.txt facts=$root/datasets/counterfact-2000.json
spx-stats "$tiny" --text "$text" --tokens 2048 --window 256 --layers 1-3 -q -o stats.h5 > log
spx-edit "$tiny" --facts "$facts" --stats stats.h5 --layers 1-3 --lambda 0.03 --contexts 0 --steps 3 --clamp 4 --round 3 --rounds 8 --retention 1 \
    --perplexity "$text" --tokens 256 --window 128 -q -o none.h5
spx-compare "$tiny" none.h5 --maps -q -o map-none.h5 > log
spx-export none.h5#r3 --model "$tiny" -q -o 'late_r%3.gguf' > log
spx-export none.h5#r1 --model "$tiny" -q -o 'early_r&1.gguf' > log
spx-compare "$tiny" 'early_r&1.gguf' 'late_r%3.gguf' -q -o stages.h5 > log

compile() {
    printf '\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{graphicx,xcolor}\\begin{document}\\input{%s}\\end{document}\n' "$1" > document.tex
    pdflatex -interaction=nonstopmode -halt-on-error document.tex > log 2>&1 || { echo "$1 does not compile:"; grep -A 5 '^!' log; exit 1; }
}
spx-plot list | tail -n +2 | cut -f 1 > figures
tried=0
while read -r figure; do
    prefix=
    [ "$figure" != alpha ] || prefix=map-
    for width in 7.7 16; do
        if spx-plot "$figure" "\\a{x} 5% b_c&d#e\$f^g~h=$prefix"none.h5 "REVIVE (tau=0.2)=${prefix}none.h5" --width $width -o "$figure.tex" 2> why; then
            compile "$figure"
            tried=$((tried + 1))
        else
            grep -q 'not found: ' why || { echo "$figure: $(cat why)"; exit 1; }
        fi
    done
    [ ! -e "$figure.tex" ] || { spx-plot "$figure" MEMIT=${prefix}none.h5 -o "script-$figure.gp" && gnuplot "script-$figure.gp" 2> why && test -s "script-$figure.pdf"; }
done < figures
for figure in subspace norm spectrum overtaking layers angles; do
    spx-plot $figure 'a_b%=stages.h5' --width 7.7 -o "named-$figure.tex"
    compile "named-$figure"
done
echo "$tried figures compiled"
[ $tried -ge 24 ]
