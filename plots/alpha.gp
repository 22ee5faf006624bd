# alpha.gp: where a change lies on the grid of the base's singular directions, in tenths of them, a panel an arm; what
# leading directions of either side touch, which a filter protects, is outlined. Variables: arms, label1 .., columns,
# dominant1 .. (tenths). $data: arm, edits, output (1 .. 10), input, percent of the squared norm.
rows = (arms + columns - 1) / columns
stats $data using 5 nooutput
top = STATS_max > 0 ? STATS_max : 1
floor_of = STATS_min > 1e-4 * top ? STATS_min : 1e-4 * top
@viridis
set logscale cb
set cbrange [floor_of:top]
set cblabel "of the change / ".percent offset 0, 0
steps = steps_of(floor_of, top)
set cbtics ('' 0)
do for [e = -8:3] { do for [m in steps] { set cbtics add (short(m * 10.0**e) m * 10.0**e) } }
unset grid
set border 0
set size square
set tics scale 0
set xrange [0:10]
set yrange [10:0]
set xtics ("1" 0.5, "5" 4.5, "10" 9.5)
set ytics ("1" 0.5, "5" 4.5, "10" 9.5)
set xlabel "input, tenth" offset 0, 0.4
set ylabel "output, tenth" offset 1, 0
set style fill solid 1 noborder
@colour_bar
if (!dumb) { set multiplot layout rows, columns margins char 7, screen right, char 3, char 3 spacing char (narrow ? 4 : 7), char 4.5 }
do for [a = 1:arms] {
    set title label(a) noenhanced font (narrow && arms > 1 ? small : "") offset 0, -0.4
    set ylabel (first_column(a) ? "output, tenth" : "") offset (narrow ? -0.5 : 1), 0
    if (a > 1) { unset colorbox }
    d = value(sprintf("dominant%d", a))
    array across[7] = [0, 10, 10, d, d, 0, 0]
    array down[7] = [0, 0, d, d, 10, 10, 0]
    do for [i = 1:6] { set arrow i from across[i], down[i] to across[i + 1], down[i + 1] nohead front linecolor rgb "#D55E00" linewidth 1.6 }
    plot $data using ($1 == a ? $4 - 0.5 : NaN):($3 - 0.5):($4 - 1):4:($3 - 1):3:($5 > floor_of ? $5 : floor_of) with boxxyerror fillcolor palette z
}
if (!dumb) { unset multiplot }
