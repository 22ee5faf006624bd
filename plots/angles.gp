# angles.gp: principal angles between a base's dominant subspace and that of a later stage, a line a stage, a panel
# an arm. Variables: arms, label1 .., columns, stages (the most of any arm), most_edits, tensor. $data: arm, stage
# (1 ..), edits, index, degrees. band: 1 if there is $null (arm, index, degrees), what rounding alone may give.
rows = (arms + columns - 1) / columns
set xlabel (narrow ? "angle" : "angle, by size") offset 0, 0.4
stats $data using 4 nooutput
set xtics STATS_max > 8 ? step_of((narrow ? 2 : 1) * STATS_max) : 1
set ylabel "degrees" offset 1, 0
set yrange [0:90]
set ytics 30
@by_edits
@colour_bar
if (!dumb) { set multiplot layout rows, columns margins char 8, screen right, char 3, char 4 spacing char (narrow ? 4 : 8), char 4.5 title tensor noenhanced offset 0, -0.4 }
if (band) { plot_band = "$null using ($1 == a ? $2 : NaN):3 with filledcurves y1=0 fillcolor rgb '#999999' fillstyle solid 0.35 noborder notitle," } else { plot_band = "" }
do for [a = 1:arms] {
    set title label(a) noenhanced font (narrow && arms > 1 ? small : "") offset 0, -0.4
    set ylabel (first_column(a) ? "degrees" : "") offset 1, 0
    if (a > 1) { unset colorbox }
    plot @plot_band for [s = 1:stages] $data using ($1 == a && $2 == s ? $4 : NaN):5:3 with linespoints linewidth 1 pointtype 7 pointsize 0.25 linecolor palette z
}
if (!dumb) { unset multiplot }
