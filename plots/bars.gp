# bars.gp: what every arm ends with, a panel a quantity, a bar an arm with its interval; where editors come under several
# filters, a cluster an editor and a colour a filter. Variables: as series.gp's, of panels with intervals; clusters (0:
# none), editor1 .., filters, filter_name1 ... $data: arm, edits, values.
columns = width > 10 ? 3 : 2
rows = (panels + columns - 1) / columns
# neighbours differ in grey too
array density[8] = [0.9, 0.4, 0.65, 0.2, 0.9, 0.4, 0.65, 0.2]
unset xtics
wide = clusters ? 0.8 / filters : 0.7
set boxwidth wide
place(i) = clusters ? cluster(i) + (filter(i) - (filters + 1) / 2.0) * wide : i
tone(i) = clusters ? filter(i) : style_of(i)
if (clusters) { set xtics () scale 0 rotate by 45 right offset 0, 0.3 noenhanced; do for [e = 1:clusters] { set xtics add (value(sprintf("editor%d", e)) e) } }
keys = clusters ? filters : arms
key_font = clusters && filters > 4 ? ",7" : ""
edge = clusters * filters > 24 ? "noborder" : "border -1" # bars as thin as their border would be black
if (!dumb) { set multiplot layout rows, columns margins char 9, char 2, char (clusters ? 5 : 1.5), char (2.7 + keys) spacing char 10, char (clusters ? 6.5 : 3) }
do for [p = 1:panels] {
    set title value(sprintf("name%d", p)) offset 0, -0.4
    set ylabel value(sprintf("axis%d", p)) offset (value(sprintf("log%d", p)) ? -1.5 : 0), 0
    c = int(value(sprintf("column%d", p)))
    unset logscale y
    set autoscale
    stats $data using c + 2 nooutput
    set ytics autofreq ticks_of(STATS_max)
    high = STATS_max > 0 ? STATS_max : 1
    if (strstrt(value(sprintf("axis%d", p)), "%") && high > 100) { high = 100; set ytics autofreq narrow ? 50 : 20 }
    set yrange [0:high * 1.05]
    if (value(sprintf("log%d", p))) {
        set autoscale
        stats $data using (column(c + 1) > 0 ? column(c + 1) : column(c)) nooutput
        set yrange [STATS_min * 0.8:high * 1.1]
        set logscale y
        steps = steps_of(STATS_min, high)
        @decades
    }
    set xrange [0.4:(clusters ? clusters : arms) + 0.6]
    if (p == 1 && !dumb) { set key at screen 0.5, screen 0.995 center top samplen 1.2 font key_font } else { unset key }
    if (dumb) { set key outside below }
    plot for [i = 1:arms] $data using ($1 == i ? place(i) : NaN):(column(c)) with boxes linestyle tone(i) dashtype 1 fillstyle solid density[tone(i)] @edge title clusters ? "" : label(i), \
         for [f = 1:(clusters ? filters : 0)] NaN with boxes linestyle f dashtype 1 fillstyle solid density[f] @edge title value(sprintf("filter_name%d", f)), \
         $data using ($1 <= arms ? place($1) : NaN):(column(c + 1)):(0):(column(c + 2) - column(c + 1)) with vectors nohead linecolor rgb "#222222" linewidth 0.8 notitle
}
if (!dumb) { unset multiplot }
