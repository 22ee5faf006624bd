# bars.gp: what every arm ends with, a panel a quantity, a dot an arm with its interval; where editors come under several
# filters, a column an editor and a colour a filter. More arms than `matrix` are a table of numbers instead, coloured by
# the difference to `reference1` .. (the number of the arm that each one is compared with; itself: none). Variables: as
# series.gp's; clusters (0: none), editor1 .., filters, filter_name1 ..; paired1 .. (column of McNemar's p beside the arm
# paired_with; 0: none), paired_level: below it a dot is ringed, a number starred. $data: arm, edits, values, pairs and p.
rows = (panels + columns - 1) / columns
range(p) = int(value(sprintf("range%d", p)))
reference(a) = int(value(sprintf("reference%d", a)))
col(p) = int(value(sprintf("column%d", p)))
pcol(p) = int(value(sprintf("paired%d", p)))
is_log(p) = value(sprintf("log%d", p))
# the lower end of an interval, or what stands for one that no logarithmic axis has
low_end(p, x, instead) = x == x && !(is_log(p) && x <= 0) ? x : instead
differs(p, x) = pcol(p) && x < paired_level
footed = strlen(paired_with) > 0 && !dumb
footnote(mark) = sprintf("%s: McNemar p < %g beside %s%s", mark, paired_level, paired_with, narrow ? "" : ", on the same items")
named_editors = 'if (clusters && lowest(p)) { set xtics () scale 0 rotate by 35 right offset 0, 0.3 noenhanced; do for [e = 1:clusters] { set xtics add (value(sprintf("editor%d", e)) e) } }'
if (arms > matrix && !dumb) {
    array number[arms * panels]
    array shade[arms * panels]
    do for [k = 1:arms * panels] { number[k] = NaN; shade[k] = NaN }
    do for [p = 1:panels] {
        stats $data using (number[(int($1) <= arms ? int($1) - 1 : 0) * panels + p] = int($1) <= arms ? column(col(p)) : number[p], 1) nooutput
        largest = 0
        do for [a = 1:arms] {
            d = number[(a - 1) * panels + p] - number[(reference(a) - 1) * panels + p]
            largest = abs(d) > largest ? abs(d) : largest
            shade[(a - 1) * panels + p] = d
        }
        do for [a = 1:arms] { shade[(a - 1) * panels + p] = largest > 0 ? (is_log(p) ? -1 : 1) * shade[(a - 1) * panels + p] / largest : 0 }
    }
    set palette defined (-1 "#E69F00", 0 "#ffffff", 1 "#56B4E9")
    set cbrange [-1:1]
    unset colorbox
    unset grid
    set border 0
    widest = 0
    do for [a = 1:arms] { widest = strlen(label(a)) > widest ? strlen(label(a)) : widest }
    # in a column of text small letters, and headings that stand upright
    row_font = narrow ? tiny : ""
    number_font = narrow ? tiny : small
    set lmargin (narrow ? 0.7 : 1) * (latex ? 0.7 : 0.9) * widest + 2
    set rmargin narrow ? 2 : 13
    set tmargin narrow ? 11 : 8
    set bmargin 2 + footed
    set xrange [0.5:panels + 0.5]
    set yrange [arms + 0.5:0.5]
    unset xtics
    set ytics () scale 0 noenhanced font row_font
    do for [a = 1:arms] { set ytics add (label(a) a) }
    do for [p = 1:panels] { set label p value(sprintf("name%d", p)) at p, 0.25 left rotate by (narrow ? 90 : 35) noenhanced font panel_font }
    figure(x) = x >= 10000 ? sprintf("%.1e", x) : x >= 1000 ? sprintf("%.0f", x) : x == x ? sprintf("%.3g", x) : "–"
    if (footed) { set label 98 footnote("*") at screen 0.5, char 0.6 center noenhanced font small textcolor rgb "#555555" }
    set label 99 (narrow ? "blue better, orange worse than no filter" : "blue: better, orange: worse than the same editor without a filter") at screen 0.5, char (0.6 + 1.1 * footed) center font small textcolor rgb "#555555"
    plot for [p = 1:panels] $data using ($1 <= arms ? p : NaN):1:(p - 0.5):(p + 0.5):($1 - 0.5):($1 + 0.5):(shade[(int($1 <= arms ? $1 : 1) - 1) * panels + p]) with boxxyerror fillcolor palette z fillstyle solid 1 noborder, \
         for [p = 1:panels] $data using ($1 <= arms ? p : NaN):1:(figure(column(col(p))).(differs(p, column(pcol(p) ? pcol(p) : 1)) ? "*" : "")) with labels font number_font
} else {
    unset xtics
    array ring[arms]
    dot = (narrow ? 0.7 : 0.9) / (arms > 12 ? 1.5 : 1)
    wide = clusters ? 0.7 / filters : 0.7
    place(i) = clusters ? cluster(i) + (filter(i) - (filters + 1) / 2.0) * wide : i
    longest_editor = 0
    if (clusters) { do for [e = 1:clusters] { longest_editor = strlen(value(sprintf("editor%d", e))) > longest_editor ? strlen(value(sprintf("editor%d", e))) : longest_editor } }
    if (clusters) { set xtics () scale 0; do for [e = 1:clusters] { set xtics add ("" e) } }
    keys = clusters ? (narrow ? filters : (filters + 1) / 2) : narrow ? arms : (arms + 1) / 2
    if (keys < 1) { keys = 1 }
    under = (clusters ? 1.5 + 0.45 * longest_editor : 1.5) + footed
    if (footed) { set label 98 footnote("ringed") at screen 0.5, char 0.6 center noenhanced font small textcolor rgb "#555555" }
    if (!dumb) { set multiplot layout rows, columns margins char 8, char right_room, char under, char (1.8 + keys) spacing char 9.5, char 3 }
    do for [p = 1:panels] {
        if (p > 1) { unset label 98 } # one is enough
        @titled
        c = col(p)
        unset logscale y
        set autoscale
        stats $data using (low_end(p, column(c + 1), column(c))) nooutput
        low = STATS_min
        stats $data using (column(c + 2) == column(c + 2) ? column(c + 2) : column(c)) nooutput
        high = STATS_max > low ? STATS_max : low + 1
        if (range(p) == 1) { low = 0; high = 100 }
        step = range(p) == 1 ? 25 : ticks_of(high - low)
        set ytics autofreq step
        bottom = is_log(p) ? low / 1.1 : NaN
        set yrange [low - 0.04 * (high - low):high + 0.04 * (high - low)]
        if (is_log(p) && low > 0) {
            set yrange [low / 1.1:high * 1.1]
            set logscale y
            steps = steps_of(low, high)
            @decades
        }
        do for [i = 1:arms] { unset label 100 + i; ring[i] = NaN }
        if (footed && pcol(p)) { stats $data using ($1 <= arms && differs(p, column(pcol(p))) ? ring[int($1)] = column(c) : 0, 1) nooutput }
        do for [i = 1:arms] { if (ring[i] == ring[i]) { set label 100 + i "" at place(i), ring[i] point pointtype 6 pointsize 2.2 * dot linewidth 1 linecolor rgb "#555555" } }
        if (exists(sprintf("from%d", p))) { set yrange [value(sprintf("from%d", p)):value(sprintf("to%d", p))] }
        @named_editors
        set xrange [0.4:(clusters ? clusters : arms) + 0.6]
        if (p == 1 && !dumb) { @legend } else { unset key }
        if (dumb) { set key outside below }
        if (clusters) {
            plot for [i = 1:arms] $data using ($1 == i ? place(i) : NaN):(column(c)):(low_end(p, column(c + 1), bottom)):(column(c + 2)) with yerrorbars linestyle i dashtype 1 linewidth 1 pointsize dot notitle, \
                 for [f = 1:filters] NaN with points pointtype 7 pointsize 0.6 linecolor rgb colour[1 + (f - 1) % 8] title value(sprintf("filter_name%d", f))
        } else {
            plot for [i = 1:arms] $data using ($1 == i ? place(i) : NaN):(column(c)):(low_end(p, column(c + 1), bottom)):(column(c + 2)) with yerrorbars linestyle i dashtype 1 linewidth 1 pointsize dot title label(i)
        }
    }
    if (!dumb) { unset multiplot }
}
