# Stages of checkpoints have names on the axis, the base first; means are over the matrices that were changed, and the most changed
# one is shown; how a figure looks is said in a file; a figure can be a script of its own.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 2048 --window 256 --layers 2 -q -o stats.h5 > table
spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 2 --lambda 0.03 --contexts 0 --steps 3 --clamp 4 --round 3 --rounds 3 -q -o run.h5
for r in 1 3; do spx-export run.h5#r$r --model data/tiny.gguf -q -o r$r-of-tiny.gguf > table; done
spx-compare data/tiny.gguf r1-of-tiny.gguf r3-of-tiny.gguf -q -o s.h5 > table
echo "# one of five matrices was changed: its numbers are the mean"
spx-plot subspace s.h5 -o s.svg; cut -f 1,2 s.tsv
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) c[$i] = i } NR > 1 { print $c["svs"] == $c["svs_min"], $c["svs"] == $c["svs_max"], $c["svs"] < 1 }' s.tsv
grep -o 'mean of [^<]*' s.svg
echo "# the most changed one is shown; another is said to have nothing to show"
spx-plot spectrum s.h5 -o s.svg; grep -o 'blk[^<]*weight' s.svg; spx-plot spectrum s.h5 -t '*.3.*' -o none.svg; echo $?
spx-plot alpha s.h5 -o none.svg; echo $?
spx-plot overtaking s.h5 -o s.svg; cut -f 3 s.tsv | uniq
echo "# similarities from 0 to 1, on the terminal as numbers"
spx-plot layers s.h5 | grep -c '  1  .*  1  '; spx-plot layers s.h5 -o s.gp; grep '^scale' s.gp
echo "# nothing breaks in three stages"
spx-plot timeline run.h5 -o none.svg; echo $?; spx-plot warning s.h5 -o none.svg; echo $?; ls none.*
echo "# a script of its own"
spx-plot subspace s.h5 -o p.gp && gnuplot p.gp 2> why && ls p.*
for kind in png svg; do spx-plot subspace s.h5 -o direct.$kind && gnuplot -e "output = 'p.$kind'" p.gp 2> why && cmp p.$kind direct.$kind && echo "same $kind"; done
gnuplot -e "output = 'p.txt'" p.gp 2>&1 | grep -o 'p.txt.*'; rm p.* direct.*; spx-plot subspace s.h5 --templates missing -o p.gp; echo $?; ls p.*
spx-plot subspace s.h5 -o p.eps && head -c 4 p.eps && echo
echo "# how it looks"
printf '# of a paper\nfont = DejaVu Serif\nsize = 9\nheight=7\ncolours = #aa0000, #00aa00\npanels = svs lss_g\nlimits = svs 0 0.5\nlegend = none\n' > style
spx-plot subspace s.h5 --style style -o p.svg; head -n 1 p.tsv; grep -c 'font-family="DejaVu Serif"' p.svg | grep -c '[1-9]'; grep -ci '#\?aa0000\|rgb(170, *0, *0)' p.svg | grep -c '[1-9]'
for line in 'colour = #12' 'colours = red' 'limits = svs 1 0' 'size = 99' 'legend = left' hello 'panels = svz' 'limits = foo 0 1' 'height = tall'; do
    echo "$line" > style; spx-plot subspace s.h5 --style style -o none.svg; echo $?
done
echo 'panels = svs' > style; spx-plot layers s.h5 --style style -o none.svg; echo $?; spx-plot layers s.h5 --style missing -o none.svg; echo $?; ls none.*
