# trace.gp: indirect effects by layer and place of the token, a panel an arm.
# Variables: arms, label1 .., columns, metric, places, place1 ... $data: arm, layer, place (1 ..), effect.
rows = (arms + columns - 1) / columns
@viridis
stats $data using 4 nooutput
set cbrange [STATS_min:STATS_max > STATS_min ? STATS_max : STATS_min + 1]
set cblabel metric noenhanced offset 1, 0
stats $data using 2 nooutput
layers = STATS_max + 1
unset grid
set border 3
set tics scale 0
set xlabel "layer" offset 0, 0.4
set xrange [-0.5:layers - 0.5]
set xtics step_of((narrow ? 2 : 1) * layers)
set yrange [places + 0.5:0.5]
set ytics () noenhanced
do for [k = 1:places] { set ytics add (value(sprintf("place%d", k)) k) }
set style fill solid 1 noborder
@colour_bar
# On a terminal the numbers themselves.
if (dumb) { set terminal dumb size 24 + 7 * layers < 120 ? 24 + 7 * layers : 120, places * 2 + 6 }
if (!dumb) { set multiplot layout rows, columns margins char (narrow ? 19 : 21), screen right, char 3, char 2 spacing char 3, char 4.5 }
do for [a = 1:arms] {
    set title label(a) noenhanced font (narrow && arms > 1 ? small : "") offset 0, -0.4
    if ((a - 1) % columns > 0) { set format y "" } else { set format y }
    if (a > 1) { unset colorbox }
    if (dumb) {
        plot $data using ($1 == a ? $2 : NaN):3:($4 == $4 ? sprintf("%.2f", $4) : "") with labels
    } else {
        plot $data using ($1 == a ? $2 : NaN):3:($2 - 0.5):($2 + 0.5):($3 - 0.5):($3 + 0.5):4 with boxxyerror fillcolor palette z
    }
}
if (!dumb) { unset multiplot }
