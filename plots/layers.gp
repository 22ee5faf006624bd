# layers.gp: one metric of every layer at every stage, a panel an arm.
# Variables: arms, label1 .., columns, metric. $data: arm, stage, edits, layer, value.
rows = (arms + columns - 1) / columns
stats $data using 3 nooutput
set xtics step_of(2 * STATS_max)
stats $data using 5 nooutput
@viridis
set cbrange [STATS_min:STATS_max > STATS_min ? STATS_max : STATS_min + 1]
set cblabel metric noenhanced offset 1, 0
unset grid
set border 3
set xlabel "edits" offset 0, 0.4
set ylabel "layer" offset 1, 0
set ytics 1
set style fill solid 1 noborder
set autoscale fix
@colour_bar
if (!dumb) { set multiplot layout rows, columns margins char 7, screen right, char 3, char 3 spacing char 7, char 4.5 }
do for [a = 1:arms] {
    set title label(a) noenhanced offset 0, -0.4
    if (a > 1) { unset colorbox }
    stats $data using ($1 == a ? $2 : NaN):3 nooutput
    half = STATS_max_x > 0 ? 0.5 * STATS_max_y / STATS_max_x : 0.5
    plot $data using ($1 == a ? $3 : NaN):4:($3 - half):($3 + half):($4 - 0.5):($4 + 0.5):5 with boxxyerror fillcolor palette z
}
if (!dumb) { unset multiplot }
