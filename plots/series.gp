# series.gp: panels of one quantity each against edits, a line an arm.
# Variables: arms, label1 .., panels, columns, name1 .., axis1 .., log1 .. (1: logarithmic), band1 .. (1: the two
# columns behind the value are its interval), column1 .. (of the value). $data: arm, edits, values.
rows = (panels + columns - 1) / columns
if (!dumb) { set multiplot layout rows, columns margins char 8, char 2, char 3, char 4 spacing char 9, char 4.5 }
do for [p = 1:panels] {
    set title value(sprintf("name%d", p)) offset 0, -0.4
    set ylabel value(sprintf("axis%d", p)) offset 1.5, 0
    set xlabel "edits" offset 0, 0.4
    unset logscale y
    set ytics autofreq
    if (value(sprintf("log%d", p))) { set logscale y; @decades }
    if (p == 1 && !dumb) { set key at screen 0.5, screen 0.995 center top horizontal maxrows 2 samplen 2 } else { unset key }
    if (dumb) { set key outside below }
    c = int(value(sprintf("column%d", p)))
    if (value(sprintf("band%d", p)) && !dumb) {
        plot for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(column(c + 1)):(column(c + 2)) with filledcurves \
                 fillcolor rgb colour[style_of(i)] fillstyle transparent solid 0.13 noborder notitle, \
             for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(column(c)) with linespoints linestyle style_of(i) title label(i)
    } else {
        plot for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(column(c)) with linespoints linestyle style_of(i) title label(i)
    }
}
if (!dumb) { unset multiplot }
