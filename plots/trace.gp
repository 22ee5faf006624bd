# trace.gp: indirect effects by layer and place of the token, a panel an arm.
# Variables: arms, label1 .., columns, metric, places, place1 ... $data: arm, layer, place (1 ..), effect.
rows = (arms + columns - 1) / columns
@viridis
stats $data using 4 nooutput
span = STATS_max - STATS_min
set cbrange [STATS_min:STATS_max > STATS_min ? STATS_max : STATS_min + 1]
set cblabel metric noenhanced offset (narrow ? 1.5 : 0.5), 0
stats $data using 2 nooutput
layers = STATS_max + 1
unset grid
set border 3
set tics scale 0
set xlabel "layer" offset 0, 0.4
set xrange [-0.5:layers - 0.5]
set xtics step_of((narrow ? 2 : 1) * (columns > 1 ? 0.75 * columns : 1) * layers)
set yrange [places + 0.5:0.5]
set ylabel "token" offset (dumb ? 0 : narrow ? 5.5 : 3.5), 0 # gnuplot leaves room for wider letters
# "first subject token", beside the axis of tokens: "first subject".
place(k) = value(sprintf("place%d", k))
named_place(k) = substr(place(k), 1, strstrt(place(k), " token") - 1)
set style fill solid 1 noborder
set cbtics step_of(narrow ? 2 * span : span)
right = narrow ? 0.76 : 0.82 # labels of the bar have two decimals
@colour_bar
# On a terminal the numbers themselves.
if (dumb) { set terminal dumb size 24 + 7 * layers < 120 ? 24 + 7 * layers : 120, places * 2 + 6 }
if (!dumb) { set multiplot layout rows, columns margins char (narrow ? 16 : 18), screen right, char 3, char 2 spacing char 3, char 4.5 }
do for [a = 1:arms] {
    set title label(a) noenhanced font (narrow && arms > 1 ? small : "") offset 0, -0.4
    first = (a - 1) % columns == 0
    set ytics () noenhanced font small
    do for [k = 1:places] { set ytics add ((first ? named_place(k) : "") k) }
    if (!first) { unset ylabel }
    if (a > 1) { unset colorbox }
    if (dumb) {
        plot $data using ($1 == a ? $2 : NaN):3:($4 == $4 ? sprintf("%.2f", $4) : "") with labels
    } else {
        plot $data using ($1 == a ? $2 : NaN):3:($2 - 0.5):($2 + 0.5):($3 - 0.5):($3 + 0.5):4 with boxxyerror fillcolor palette z
    }
}
if (!dumb) { unset multiplot }
