# repair.gp: facts kept against perplexity, a point a filter of the whole change; up and left is better.
# Variables: arms, label1 .., kept (what facts are counted by), scaled (1: some rows are of plain scaling). $data: arm, stage, sweep (0: the two models, 1: the arm's filter,
# 2: plain scaling), at, perplexity, lo, hi, kept, lo, hi, frontier, knee. The first two stages are the unedited and the edited model.
set xlabel "perplexity" offset 0, 0.4
set ylabel "facts kept, ".kept." / ".percent offset 1, 0
set logscale x
if (narrow) { set key tmargin center horizontal reverse Left samplen 2 maxcols 2 } else { set key outside right top reverse Left samplen 2 }
set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05
stats $data using (log10($5)) name "X" nooutput
steps = steps_of(10**X_min, 10**X_max)
set xtics ('' 0)
do for [e = -1:8] { do for [m in steps] { set xtics add (short(m * 10.0**e) m * 10.0**e) } }
bars = '$data using ($1 <= arms ? $5 : NaN):8:6:7:9:10 with xyerrorbars linecolor rgb "#cccccc" linewidth 0.6 pointsize 0 notitle'
values = '$data using ($3 == 1 && arms <= 4 ? $5 : NaN):8:(sprintf("%g", $4)) with labels font tiny offset 0.5, 0.6 left notitle'
knees = '$data using ($1 <= arms && $12 == 1 ? $5 : NaN):8 with points pointtype 6 pointsize (narrow ? 1.6 : 2) linecolor rgb "#222222" notitle'
plot @bars, \
     for [i = 1:(scaled ? arms : 0)] $data using ($1 == i && $3 == 2 ? $5 : NaN):8 with linespoints linecolor rgb "#777777" linewidth 1 dashtype 3 pointtype 4 pointsize 0.5 title (i == 1 ? "scaling" : ""), \
     for [i = 1:arms] $data using ($1 == i && $3 == 1 ? $5 : NaN):8 with linespoints linestyle i title label(i), \
     $data using ($2 == 0 ? $5 : NaN):8 with points pointtype 1 pointsize 1.2 linewidth 1.5 linecolor rgb "#222222" title "unedited", \
     $data using ($2 == 1 ? $5 : NaN):8 with points pointtype 2 pointsize 1.2 linewidth 1.5 linecolor rgb "#222222" title "edited", \
     @values, @knees
