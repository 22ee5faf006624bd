# series.gp: panels of one quantity each against edits, or xname (xlog: a share, logarithmic), a line an arm.
# Variables: arms, label1 .., width, panels, name1 .., axis1 .., log1 .. (1: logarithmic), band1 .. (1: the two
# columns after the value are its interval), column1 .. (of the value). $data: arm, edits, values.
columns = width > 10 ? 3 : 2
rows = (panels + columns - 1) / columns
keys = arms > 2 ? (arms + 1) / 2 : arms
stats $data using 2 nooutput
set xtics step_of((narrow || STATS_max >= 1000 ? 2 : 1.3) * STATS_max)
least = STATS_min
most = STATS_max > 0 ? STATS_max : 1
if (!dumb) { set multiplot layout rows, columns margins char 10, char 3, char 3, char (2 + keys) spacing char 11, char 4.5 }
do for [p = 1:panels] {
    set title value(sprintf("name%d", p)) offset 0, -0.4
    set ylabel value(sprintf("axis%d", p)) offset (value(sprintf("log%d", p)) ? -1 : -0.7), 0
    set xlabel xname offset 0, 0.4
    c = int(value(sprintf("column%d", p)))
    unset logscale
    set autoscale
    b = value(sprintf("band%d", p))
    logarithmic = value(sprintf("log%d", p))
    stats $data using (!logarithmic || column(c + b) > 0 ? column(c + b) : column(c)) nooutput
    low = STATS_min == STATS_min ? STATS_min : 0
    stats $data using c + 2 * b nooutput
    high = STATS_max
    # an interval over few runs may reach past what a share can be, or below what a logarithm takes
    if (strstrt(value(sprintf("axis%d", p)), "%")) { low = low < 0 ? 0 : low; high = high > 100 ? 100 : high }
    set ytics autofreq ticks_of(high - low)
    set yrange [low - 0.04 * (high - low):high > low ? high + 0.04 * (high - low) : low + 1]
    if (logarithmic) {
        steps = steps_of(low, high)
        set yrange [low / 1.05:high * 1.05]
        set logscale y
        @decades
    }
    set xrange [xlog ? least * 0.9 : 0:most]
    if (xlog) { set logscale x; set xtics ("1" 0.01, "3" 0.03, "10" 0.1, "30" 0.3, "100" 1) }
    if (p == 1 && !dumb) { set key at screen 0.5, screen 0.995 center top samplen 3 maxrows keys } else { unset key }
    if (dumb) { set key outside below }
    if (b && !dumb) {
        plot for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(column(c + 1) < low ? low : column(c + 1)):(column(c + 2) > high ? high : column(c + 2)) with filledcurves \
                 fillcolor rgb colour[style_of(i)] fillstyle transparent solid 0.13 noborder notitle, \
             for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(column(c)) with linespoints linestyle style_of(i) title label(i)
    } else {
        plot for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(column(c)) with linespoints linestyle style_of(i) title label(i)
    }
}
if (!dumb) { unset multiplot }
