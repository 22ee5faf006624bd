# repair.gp: facts kept against perplexity, a point a filter of the whole change, a panel an arm; up and left is better.
# Variables: arms, label1 .., columns, kept (what facts are counted by), filter_lines, filter_line1 .. (the filters that have a line), scaled (1: plain
# scaling has one). $data: arm, stage, sweep, at, perplexity, lo, hi, kept, lo, hi, frontier, knee, line (0: none, -1: plain scaling). The first two
# stages are the unedited and the edited model.
rows = (arms + columns - 1) / columns
one = arms == 1
slim = narrow || columns > 2 # panels with room for few labels
longest = 0
do for [a = 1:arms] { if (strlen(label(a)) > longest) { longest = strlen(label(a)) } }
title_font = !slim ? "" : narrow && longest > 14 ? tiny : small
set logscale x
stats $data using ($3 > 0 && $13 == 0 ? 1 : 0) nooutput
others = STATS_max > 0
keys = (filter_lines + scaled + others + 2 + (narrow ? 1 : 2)) / (narrow ? 2 : 3)
set offsets graph 0.06, graph 0.06, graph 0.06, graph 0.06
do for [i = 1:8] { set style line i linecolor rgb colour[i] linewidth (narrow ? 1.2 : 1.6) pointtype mark[i] pointsize (narrow ? 0.4 : 0.6) dashtype dash[i] }
set key at screen 0.5, screen 0.995 center top reverse Left samplen (narrow ? 1 : 2) maxrows keys
if (narrow) { set key font small }
if (dumb) { set key outside below }
bars = '$data using ($1 == a && ($3 == 0 || $13 != 0) ? $5 : NaN):8:6:7:9:10 with xyerrorbars linecolor rgb "#cccccc" linewidth 0.6 pointsize 0 notitle'
values = '$data using (one && $13 > 0 && filter_lines <= 2 && $1 == a ? $5 : NaN):8:(sprintf("%g", $4)) with labels font tiny offset 0.5, 0.6 left notitle'
knees = '$data using ($1 == a && $12 == 1 ? $5 : NaN):8 with points pointtype 6 pointsize (narrow ? 1.6 : 2) linecolor rgb "#222222" notitle'
# A loop over nothing would still have its place in the legend.
dots = others ? '$data using ($1 == a && $13 == 0 && $3 > 0 ? $5 : NaN):8 with points pointtype 7 pointsize 0.35 linecolor rgb "#aaaaaa" title "other filters",' : ''
path = scaled ? '$data using ($1 == a && $13 == -1 ? $5 : NaN):8 with linespoints linecolor rgb "#777777" linewidth 1 dashtype 3 pointtype 4 pointsize 0.5 title "scale",' : ''
if (!dumb) { set multiplot layout rows, columns margins char 8, screen 0.985, char 3.5, char ((one ? 1 : 2) + keys) spacing char (narrow ? 5 : 7), char (narrow ? 3.8 : 4.2) }
if (narrow) { set ytics 20 }
do for [a = 1:arms] {
    if (!one) { set title label(a) noenhanced font title_font offset 0, -0.4 }
    set xlabel (a + columns > arms ? "perplexity" : "") offset 0, 0.4
    set ylabel (first_column(a) ? (narrow ? "" : "facts kept, ").kept." / ".percent : "") offset 1, 0
    stats $data using ($1 == a ? log10($5) : NaN) name "X" nooutput
    steps = slim ? few_steps_of(10**X_min, 10**X_max) : steps_of(10**X_min, 10**X_max)
    every = slim && X_max - X_min > 3 ? 2 : 1
    set xtics ('' 0)
    do for [e = 0:8:every] { do for [m in steps] { set xtics add (short(m * 10.0**e) m * 10.0**e) } }
    if (a > 1) { unset key }
    plot @bars, @dots @path \
         for [i = 1:filter_lines] $data using ($1 == a && $13 == i ? $5 : NaN):8 with linespoints linestyle i title value("filter_line".i), \
         $data using ($1 == a && $2 == 0 ? $5 : NaN):8 with points pointtype 1 pointsize 1.2 linewidth 1.5 linecolor rgb "#222222" title "unedited", \
         $data using ($1 == a && $2 == 1 ? $5 : NaN):8 with points pointtype 2 pointsize 1.2 linewidth 1.5 linecolor rgb "#222222" title "edited", \
         @values, @knees
}
if (!dumb) { unset multiplot }
