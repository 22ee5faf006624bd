# layers.gp: one metric of every layer at every stage, a panel an arm.
# Variables: arms, label1 .., columns, metric, scaled (1: from scale_low to scale_high). $data: arm, stage, edits, layer, value.
rows = (arms + columns - 1) / columns
stats $data using 3 nooutput
earliest = STATS_min
set xtics sparse_step(STATS_max)
stats $data using 5 nooutput
@viridis
if (scaled) { set cbrange [scale_low:scale_high] } else { set cbrange [STATS_min:STATS_max > STATS_min ? STATS_max : STATS_min + 1] }
set cblabel metric noenhanced offset 1, 0
stats $data using 4 nooutput
layers = STATS_max - STATS_min + 1
unset grid
set border 3
set xlabel named ? "" : "edits" offset 0, 0.4
set ylabel "layer" offset 1, 0
set ytics layers > 40 ? 10 : layers > 10 ? 5 : layers > 5 && narrow ? 2 : 1
set style fill solid 1 noborder
set autoscale fix
@by_stage
@colour_bar
# On a terminal the numbers themselves, or where they are too many five shades.
if (dumb) {
    stats $data using 2 nooutput
    crowded = STATS_max > 14
    shades = " .:*#"
    stats $data using 5 nooutput
    low = scaled ? scale_low : STATS_min
    span = scaled ? scale_high - scale_low : STATS_max > STATS_min ? STATS_max - STATS_min : 1
    shade(v) = int(5 * (v - low) / span) + 1
    ink(v) = v != v ? "" : crowded ? substr(shades, shade(v) > 5 ? 5 : shade(v), shade(v) > 5 ? 5 : shade(v)) : sprintf("%.3g", v)
    set terminal dumb size 100, layers + 9
    set ytics 1
}
if (!dumb) { set multiplot layout rows, columns margins char 7, screen right, char 3 + below(stage_room), char 3 spacing char (narrow ? 4 : 7), char 4.5 + below(stage_room) }
do for [a = 1:arms] {
    set title label(a) noenhanced font (narrow && arms > 1 ? small : "") offset 0, -0.4
    set ylabel (first_column(a) ? "layer" : "") offset 1, 0
    if (a > 1) { unset colorbox }
    stats $data using ($1 == a ? $2 : NaN):3 nooutput
    half = STATS_max_x > 0 && !named ? 0.5 * STATS_max_y / STATS_max_x : 0.5
    if (named) { set xrange [earliest - 0.5:last_stage + 0.5] }
    if (dumb) {
        plot $data using ($1 == a ? $3 : NaN):4:(ink($5)) with labels
    } else {
    plot $data using ($1 == a ? $3 : NaN):4:($3 - half):($3 + half):($4 - 0.5):($4 + 0.5):5 with boxxyerror fillcolor palette z
    }
}
if (!dumb) { unset multiplot }
