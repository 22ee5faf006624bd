# tuning.gp: the trials of spx-tune, facts against perplexity. Variables: arms, label1 ...
# $data: arm, trial, rung (1 ..), perplexity over the base's, goal, 1 if it is the start.
set xlabel "perplexity over the unedited model's" offset 0, 0.4
set ylabel "goal of facts / ".percent offset 1, 0
stats $data using 4 nooutput
if (STATS_max > 3) { set logscale x } # below, a logarithmic axis may have no label
if (narrow) { set key tmargin center horizontal reverse Left samplen 1 maxcols 2 } else { set key outside right top reverse Left samplen 1 }
set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05
set format x "%g"
size_of(rung) = 0.35 + 0.3 * rung
plot for [i = 1:arms] $data using ($1 == i ? $4 : NaN):5:(size_of($3)) with points linestyle i pointsize variable notitle, \
     for [i = 1:arms] $data using ($1 == i && $6 == 1 ? $4 : NaN):5 with points pointtype 6 pointsize 2 linecolor rgb "#222222" notitle, \
     for [i = 1:arms] NaN with points linestyle i pointsize 0.9 title label(i)
