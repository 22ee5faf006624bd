# spectrum.gp: singular values of one matrix, a line a stage, a panel an arm.
# Variables: arms, label1 .., columns, stages (the most of any arm), most_edits, tensor. $data: arm, stage (1 ..),
# edits, index, value.
rows = (arms + columns - 1) / columns
set logscale xy
stats $data using ($5 > 0 ? $5 : NaN) nooutput
low = STATS_min > 1e-6 * STATS_max ? STATS_min : 1e-6 * STATS_max
steps = steps_of(low, STATS_max)
set yrange [low / 1.1:STATS_max * 1.1]
@decades
set xlabel "index" offset 0, 0.4
set ylabel "singular value" offset -1, 0
@by_edits
set autoscale xfix
stats $data using 4 nooutput
if (narrow && columns > 1) { set xtics STATS_max < 200 ? 10 : 100 }
@colour_bar
if (!dumb) { set multiplot layout rows, columns margins char 9, screen right, char 3, char 4 spacing char (narrow ? 4 : 8), char 4.5 title tensor noenhanced offset 0, -0.4 }
do for [a = 1:arms] {
    set title label(a) noenhanced font (narrow && arms > 1 ? small : "") offset 0, -0.4
    set ylabel (first_column(a) ? "singular value" : "") offset -1, 0
    if (a > 1) { unset colorbox }
    plot for [s = 1:stages] $data using ($1 == a && $2 == s ? $4 : NaN):5:3 with lines linewidth 1.3 linecolor palette z
}
if (!dumb) { unset multiplot }
