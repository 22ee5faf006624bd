# bars.gp: what every arm ends with, a panel a quantity, a bar an arm with its interval.
# Variables: as series.gp's, of panels with intervals. $data: arm, edits, values.
columns = width > 10 ? 3 : 2
rows = (panels + columns - 1) / columns
set style fill solid 0.75 border -1
set boxwidth 0.7
set xrange [0.4:arms + 0.6]
unset xtics
set offsets 0, 0, graph 0.05, 0
if (!dumb) { set multiplot layout rows, columns margins char 8, char 2, char 1.5, char (2 + arms) spacing char 9, char 3 }
do for [p = 1:panels] {
    set title value(sprintf("name%d", p)) offset 0, -0.4
    set ylabel value(sprintf("axis%d", p)) offset 1, 0
    c = int(value(sprintf("column%d", p)))
    unset logscale y
    stats $data using c + 2 nooutput
    set ytics autofreq step_of(STATS_max)
    set yrange [0:*]
    if (value(sprintf("log%d", p))) {
        stats $data using (column(c + 1)) nooutput
        set yrange [STATS_min * 0.8:*]
        set logscale y
        steps = steps_of(STATS_min, STATS_max)
        @decades
    }
    if (p == 1 && !dumb) { set key at screen 0.5, screen 0.995 center top samplen 1.2 } else { unset key }
    if (dumb) { set key outside below }
    plot for [i = 1:arms] $data using ($1 == i ? i : NaN):(column(c)) with boxes linestyle style_of(i) title label(i), \
         $data using 1:(column(c + 1)):(0):(column(c + 2) - column(c + 1)) with vectors nohead linecolor rgb "#222222" linewidth 0.8 notitle
}
if (!dumb) { unset multiplot }
