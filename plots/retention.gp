# retention.gp: what facts of every round give when they are tested again later, a panel an arm.
# Variables: arms, label1 .., columns, metric, scaled (1: from scale_low to scale_high), tested (stages with tests). $data: arm, stage, edits when
# tested, round edited, value.
rows = (arms + columns - 1) / columns
stats $data using 3 nooutput
set xtics sparse_step(STATS_max)
most = STATS_max
half = most > 0 ? 0.5 * most / tested : 0.5
stats $data using 4 nooutput
set ytics ticks_of(STATS_max) > 1 ? step_of(STATS_max) : 1
last = STATS_max
stats $data using 5 nooutput
set yrange [0.5:last + 0.5]
set xrange [0:most + half]
@viridis
if (scaled) { set cbrange [scale_low:scale_high] } else { set cbrange [STATS_min:STATS_max > STATS_min ? STATS_max : STATS_min + 1] }
set cblabel metric noenhanced offset 1, 0
unset grid
set xlabel (narrow ? "edits" : "edits when tested") offset 0, 0.4
set ylabel "round edited" offset 1, 0
set style fill solid 1 noborder
@colour_bar
if (!dumb) { set multiplot layout rows, columns margins char 7, screen right, char 3, char 3 spacing char (narrow ? 4 : 7), char 4.5 }
do for [a = 1:arms] {
    set title label(a) noenhanced font (narrow && arms > 1 ? small : "") offset 0, -0.4
    set ylabel (first_column(a) ? "round edited" : "") offset 1, 0
    if (a > 1) { unset colorbox }
    plot $data using ($1 == a ? $3 : NaN):4:($3 - half):($3 + half):($4 - 0.5):($4 + 0.5):5 with boxxyerror fillcolor palette z
}
if (!dumb) { unset multiplot }
