# series.gp: panels of one quantity each against edits, named stages, or xname (xlog: a share, logarithmic), a line an
# arm. Variables: arms, label1 .., panels, name1 .., axis1 .., log1 .. (1: logarithmic), band1 .. (1: the two columns
# after the value are its interval), column1 .. (of the value), range1 .. (0: the data's, 1: within 0 to 100, 2: from 0
# to 1, 3: ratios, on one range), note. $data: arm, edits, values.
rows = (panels + columns - 1) / columns
keys = narrow || columns == 1 ? arms : (arms + 1) / 2
if (arms == 1) { keys = 1 }
range(p) = int(value(sprintf("range%d", p)))
# Bands end where the panel does.
below_band(x) = x < low ? low : x
above_band(x) = x > high ? high : x
stats $data using 2 nooutput
set xtics edits_step(STATS_max)
least = STATS_min
most = STATS_max > 0 ? STATS_max : 1
# All ratios share an axis, on which a tenth looks like a tenth.
ratio_low = 0.9
ratio_high = 1.1
do for [p = 1:panels] {
    c = int(value(sprintf("column%d", p)))
    if (range(p) == 3) {
        b = value(sprintf("band%d", p))
        stats $data using c + b nooutput
        if (STATS_min < ratio_low) { ratio_low = STATS_min }
        stats $data using c + 2 * b nooutput
        if (STATS_max > ratio_high) { ratio_high = STATS_max }
    }
}
footed = strlen(note) > 0
if (footed && !dumb) { set label 1 note at screen 0.5, char 0.6 center noenhanced font small textcolor rgb "#555555" }
if (!dumb) { set multiplot layout rows, columns margins char 8, char right_room, char ((named ? 2 : 3) + footed + below(stage_room)), char (1.8 + keys) spacing char 9.5, char 3 }
do for [p = 1:panels] {
    @titled
    set xlabel (lowest(p) ? xname : "") noenhanced font panel_font offset 0, 0.4
    set format x (lowest(p) ? "%g" : "")
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
    if (range(p) == 1) { low = low < 0 ? 0 : low; high = high > 100 ? 100 : high }
    if (range(p) == 2) { low = low < 0 ? low : 0; high = high > 1 ? high : 1 }
    if (range(p) == 3) { low = ratio_low; high = ratio_high; logarithmic = high > 8 * low && low > 0 }
    set ytics autofreq ticks_of(high - low)
    set yrange [low - 0.04 * (high - low):high > low ? high + 0.04 * (high - low) : low + 1]
    if (logarithmic) {
        steps = steps_of(low, high)
        set yrange [low / 1.05:high * 1.05]
        set logscale y
        @decades
    }
    if (exists(sprintf("from%d", p))) { set yrange [value(sprintf("from%d", p)):value(sprintf("to%d", p))] }
    set xrange [xlog ? least * 0.9 : 0:most]
    @by_stage
    if (named && !lowest(p)) { set xtics () norotate; do for [i = 1:ticks:int(every_stage)] { set xtics add ("" value(sprintf("tick_at%d", i))) } }
    if (xlog) { set logscale x; set xtics ("1" 0.01, "10" 0.1, "100" 1); if (!narrow) { set xtics add ("3" 0.03, "30" 0.3) }; if (!lowest(p)) { set xtics ("" 0.01, "" 0.1, "" 1) } }
    if (p == 1 && !dumb) { @legend } else { unset key }
    if (dumb) { set key outside below }
    if (b && !dumb) {
        plot for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(below_band(column(c + 1))):(above_band(column(c + 2))) with filledcurves \
                 fillcolor rgb colour[tone(i)] fillstyle transparent solid 0.13 noborder notitle, \
             for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(below_band(column(c + 1))) with lines linecolor rgb colour[tone(i)] linewidth 0.4 notitle, \
             for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(above_band(column(c + 2))) with lines linecolor rgb colour[tone(i)] linewidth 0.4 notitle, \
             for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(column(c)) with linespoints linestyle i title label(i)
    } else {
        plot for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(column(c)) with linespoints linestyle i title label(i)
    }
    unset label 1
}
if (!dumb) { unset multiplot }
