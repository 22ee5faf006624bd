# warning.gp: gnuplot makes the figure of this script, whose data are in it; as another kind
# of picture: gnuplot -e "output = 'fig.png'" warning.gp
if (!exists("output")) { output = 'warning.pdf' }
kind = output[strlen(output) - 3:]
point = 0
if (kind eq '.pdf') { point = 1; set terminal pdfcairo enhanced font 'DejaVu Sans,8' linewidth 0.7 size 16cm,10cm }
if (kind eq '.svg') { point = 1.3333333333333333; set terminal svg enhanced font 'DejaVu Sans,10.67' size 604.8,378 }
if (kind eq '.png') { point = 1; set terminal pngcairo enhanced font 'DejaVu Sans,8' fontscale 2.78 linewidth 2 size 1259.84,787.4 }
if (kind eq '.eps') { point = 1; set terminal epscairo enhanced font 'DejaVu Sans,8' linewidth 0.7 size 16cm,10cm }
if (point == 0) { exit error output.": unknown kind of figure (expected .pdf, .svg, .png or .eps)" }
set output output
width = 16
dumb = 0
columns = 2
percent = '%'
font_name = 'DejaVu Sans'
points = 8 * point
legend_at = 'top'
arms = 4
filters = 3
clusters = 2
label1 = 'memit'
tone1 = 1
shape1 = 1
filter1 = 1
cluster1 = 1
label2 = 'memit-current'
tone2 = 2
shape2 = 1
filter2 = 2
cluster2 = 1
label3 = 'memit-original'
tone3 = 3
shape3 = 1
filter3 = 3
cluster3 = 1
label4 = 'alphaedit'
tone4 = 1
shape4 = 2
filter4 = 1
cluster4 = 2
filter_name1 = 'none'
filter_name2 = 'revive current 0.1'
filter_name3 = 'revive original 0.1'
editor1 = 'memit'
editor2 = 'alphaedit'
named = 0

# style.gp: what every figure shares. Variables: dumb (1 on the text terminal), width (cm), font_name, points, percent
# (as LaTeX wants it), columns (of panels), arms, tone1 .., shape1 .. (colour and mark), named (1: stages have names,
# with first_stage, last_stage, ticks, tick1 .., tick_at1 ..).
# Colours: Okabe and Ito's palette, which stays apart for colour-blind readers.
set encoding utf8
set datafile separator "\t"
set datafile missing "NaN"
set border 3 linewidth 0.8 linecolor rgb "#444444"
set tics nomirror out scale 0.5 textcolor rgb "#222222"
set grid ytics linewidth 0.4 linecolor rgb "#dddddd"
set key noautotitle noenhanced
# A column of two: fewer tick labels. Letters are 8 pt, in a column 7.
narrow = width < 10
font_spec = font_name.",".sprintf("%g", points)
if (!dumb) { set termoption font font_spec }
small = sprintf(",%g", 0.9 * points)
tiny = sprintf(",%g", 0.7 * points)
latex = strlen(percent) > 1
array colour[8] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442"]
do for [i = 1:8] { if (exists(sprintf("colour%d", i))) { colour[i] = value(sprintf("colour%d", i)) } }
array mark[8] = [7, 5, 9, 11, 13, 4, 6, 8]
# In grey, marks and dashes tell lines apart.
array dash[8] = [1, 2, 3, 4, 5, 1, 2, 3]
set dashtype 2 (14, 4)
set dashtype 3 (3, 3)
set dashtype 4 (14, 4, 3, 4)
set dashtype 5 (7, 3)
tone(i) = int(value(sprintf("tone%d", i)))
shape(i) = int(value(sprintf("shape%d", i)))
do for [i = 1:arms] {
    set style line i linecolor rgb colour[tone(i)] linewidth (narrow ? 1.2 : 1.6) pointtype mark[shape(i)] pointsize (narrow ? 0.4 : 0.6) dashtype dash[shape(i)]
}
label(i) = value(sprintf("label%d", i))
filter(i) = int(value(sprintf("filter%d", i)))
cluster(i) = int(value(sprintf("cluster%d", i)))
set autoscale noextend
set format cb "%g"
set bars 0.6
# A round step that divides `span` into about four.
round_to(m) = m < 1.5 ? 1 : m < 3.5 ? 2 : m < 7.5 ? 5 : 10
step_of(span) = span > 0 ? 10**floor(log10(span / 4.0)) * round_to(span / 4.0 / 10**floor(log10(span / 4.0))) : 1
# Steps of an axis of edits with labels as wide as `most` is.
edits_step(most) = step_of((narrow ? 2.6 : most >= 1000 ? 2 : 1.3) * most)
# The same where little room is left, but never so large that only the first is seen.
sparse_step(span) = step_of((narrow ? 3.5 : 2) * span) > span ? step_of((narrow ? 3.5 : 2) * span) / 2 : step_of((narrow ? 3.5 : 2) * span)
ticks_of(span) = step_of(narrow ? 2 * span : span)
steps_of(low, high) = narrow ? (high < 3 * low ? "1 1.5 2 3 4 5 7" : high < 60 * low ? "1 3" : "1") : high < 3 * low ? "1 1.2 1.4 1.7 2 2.5 3 3.5 4 4.5 5 6 7 8 9" : high < 60 * low ? "1 2 5" : "1"
# Labels of logarithmic axes are short: 100, 1000, 10^4.
power(x) = floor(log10(x) + 1e-9)
times = latex ? "{\\cdot}" : "·"
short(x) = x < 9999 ? sprintf("%g", x) : (latex ? "$" : "").(x < 1.01 * 10**power(x) ? "" : sprintf("%g", x / 10**power(x)).times).sprintf("10^{%d}", power(x)).(latex ? "$" : "")
# Labels at `steps` of every decade: a logarithmic axis of less than a decade would have none.
# Panels above others leave the labels of their common axis to them.
lowest(p) = p + columns > panels
decades = "set ytics ('' 0); do for [e = -8:8] { do for [m in steps] { set ytics add (short(m * 10.0**e) m * 10.0**e) } }"
# Right of panels that share one: where they end, and the bar.
right = named ? (narrow ? 0.72 : 0.84) : narrow ? 0.76 : 0.85
colour_bar = 'set colorbox user origin screen right + 0.025, screen (narrow ? 0.2 : 0.22) size screen (narrow ? 0.02 : 0.013), screen (narrow ? 0.44 : 0.55)'
# Stages by name, where they are no numbers of edits: few enough, short, and turned where they are long.
longest = 0
shown_stages = 0
if (named) {
    every_stage = ceil(ticks / 12.0)
    stage_name(i) = !latex && strlen(value(sprintf("tick%d", i))) > 14 ? substr(value(sprintf("tick%d", i)), 1, 13)."…" : value(sprintf("tick%d", i))
    do for [i = 1:ticks:int(every_stage)] { longest = strlen(stage_name(i)) > longest ? strlen(stage_name(i)) : longest; shown_stages = shown_stages + 1 }
}
# The panels of a figure leave `room` letters for all names.
turned(room) = named && (longest + 2) * shown_stages > room
below(room) = turned(room) ? (longest < 6 ? 1 : 0.45 * longest - 1) : 0
stage_room = (narrow ? 28 : 60) / (columns < 1 ? 1 : columns)
by_stage = 'if (named) { if (turned(stage_room)) { set xtics () scale 0.5 rotate by 35 right noenhanced } else { set xtics () scale 0.5 norotate center noenhanced }; do for [i = 1:ticks:int(every_stage)] { set xtics add (stage_name(i) value(sprintf("tick_at%d", i))) }; set xrange [first_stage - 0.25:last_stage + 0.25] }'
# Viridis (van der Walt and Smith 2015): even steps of lightness, also in grey. A line's colour by its edits.
viridis = 'set palette defined (0 "#440154", 1 "#3b528b", 2 "#21918c", 3 "#5ec962", 4 "#fde725")'
# Of lines without its yellow, which neither white nor, turned over, a dark page lets be seen.
viridis_lines = 'set palette defined (0 "#440154", 1 "#3b528b", 2 "#21918c", 3 "#5ec962")'
by_edits = viridis_lines.'; set cblabel "edits" offset 1, 0; if (named) { set cbrange [first_stage:last_stage > first_stage ? last_stage : first_stage + 1]; set cblabel ""; set cbtics () noenhanced; do for [i = 1:ticks:int(every_stage)] { set cbtics add (stage_name(i) value(sprintf("tick_at%d", i))) } } else { set cbrange [0:most_edits]; set cbtics ticks_of(most_edits) }'
# Panels of quantities. Beside a title that says it the axis has no name of its own: "WikiText perplexity".
panel_font = narrow ? small : ""
right_room = narrow ? 4.5 : 3
titled = 'set title value(sprintf("name%d", p)) noenhanced font panel_font offset 0, -0.4; set ylabel (strstrt(value(sprintf("name%d", p)), value(sprintf("axis%d", p))) ? "" : value(sprintf("axis%d", p))) noenhanced font panel_font offset (value(sprintf("log%d", p)) ? 0.2 : 0.8), 0'
# The legend of a figure of panels, above all of them, or where the style wants it.
legend = legend_at eq "none" ? 'unset key' : legend_at eq "inside" ? 'set key inside top right samplen 2' : 'set key at screen 0.5, screen 0.995 center top samplen 3 maxrows keys'
# Of panels side by side that share a vertical axis in a narrow figure the first bears its labels.
first_column(a) = !narrow || (a - 1) % columns == 0

name1 = 'LSS-R'
name2 = 'LSS-G'
name3 = 'SVS'
name4 = 'SVS, matched'
name5 = 'retained gain'
name6 = 'energy retention'
name7 = 'spectral norm'
name8 = 'Frobenius norm'
name9 = 'nuclear norm'
name10 = 'stable rank'
numbers = 10
verdict1 = 'warned'
verdict2 = 'late'
verdict3 = 'missed'
verdict4 = 'false alarm'
verdict5 = 'quiet'
$data << END_OF_DATA
1	1	1	3
1	2	1	NaN
2	1	1	5
2	2	1	NaN
3	1	1	9
3	2	1	NaN
4	1	1	8
4	2	1	NaN
5	1	1	-8
5	2	1	NaN
6	1	1	2
6	2	1	NaN
7	1	1	NaN
7	2	1	-5
8	1	1	-6
8	2	1	NaN
9	1	1	-8
9	2	1	NaN
10	1	1	NaN
10	2	1	NaN
1	1	2	6
1	2	2	NaN
2	1	2	7
2	2	2	NaN
3	1	2	11
3	2	2	NaN
4	1	2	5
4	2	2	NaN
5	1	2	NaN
5	2	2	7
6	1	2	-6
6	2	2	7
7	1	2	NaN
7	2	2	NaN
8	1	2	-2
8	2	2	NaN
9	1	2	-3
9	2	2	NaN
10	1	2	NaN
10	2	2	NaN
1	1	3	8
1	2	3	NaN
2	1	3	9
2	2	3	NaN
3	1	3	11
3	2	3	NaN
4	1	3	NaN
4	2	3	2
5	1	3	NaN
5	2	3	NaN
6	1	3	NaN
6	2	3	NaN
7	1	3	NaN
7	2	3	-4
8	1	3	-3
8	2	3	NaN
9	1	3	-4
9	2	3	NaN
10	1	3	NaN
10	2	3	NaN
1	1	4	8
1	2	4	NaN
2	1	4	9
2	2	4	NaN
3	1	4	11
3	2	4	NaN
4	1	4	11
4	2	4	NaN
5	1	4	-2
5	2	4	NaN
6	1	4	5
6	2	4	NaN
7	1	4	5
7	2	4	7
8	1	4	6
8	2	4	7
9	1	4	5
9	2	4	7
10	1	4	NaN
10	2	4	NaN
END_OF_DATA
most_lead = 11
$counts << END_OF_DATA
1	1	1	4	0
1	1	2	0	4
1	1	3	0	4
1	1	4	0	4
1	1	5	0	4
1	2	1	0	0
1	2	2	0	0
1	2	3	4	0
1	2	4	0	4
1	2	5	0	4
2	1	1	4	0
2	1	2	0	4
2	1	3	0	4
2	1	4	0	4
2	1	5	0	4
2	2	1	0	0
2	2	2	0	0
2	2	3	4	0
2	2	4	0	4
2	2	5	0	4
3	1	1	4	0
3	1	2	0	4
3	1	3	0	4
3	1	4	0	4
3	1	5	0	4
3	2	1	0	0
3	2	2	0	0
3	2	3	4	0
3	2	4	0	4
3	2	5	0	4
4	1	1	3	0
4	1	2	0	3
4	1	3	1	3
4	1	4	0	4
4	1	5	0	4
4	2	1	1	0
4	2	2	0	1
4	2	3	3	1
4	2	4	0	4
4	2	5	0	4
5	1	1	0	0
5	1	2	2	0
5	1	3	2	2
5	1	4	0	4
5	1	5	0	4
5	2	1	1	0
5	2	2	0	1
5	2	3	3	1
5	2	4	0	4
5	2	5	0	4
6	1	1	2	0
6	1	2	1	2
6	1	3	1	3
6	1	4	0	4
6	1	5	0	4
6	2	1	1	0
6	2	2	0	1
6	2	3	3	1
6	2	4	0	4
6	2	5	0	4
7	1	1	1	0
7	1	2	0	1
7	1	3	3	1
7	1	4	0	4
7	1	5	0	4
7	2	1	1	0
7	2	2	2	1
7	2	3	1	3
7	2	4	0	4
7	2	5	0	4
8	1	1	1	0
8	1	2	3	1
8	1	3	0	4
8	1	4	0	4
8	1	5	0	4
8	2	1	1	0
8	2	2	0	1
8	2	3	3	1
8	2	4	0	4
8	2	5	0	4
9	1	1	1	0
9	1	2	3	1
9	1	3	0	4
9	1	4	0	4
9	1	5	0	4
9	2	1	1	0
9	2	2	0	1
9	2	3	3	1
9	2	4	0	4
9	2	5	0	4
10	1	1	0	0
10	1	2	0	0
10	1	3	4	0
10	1	4	0	4
10	1	5	0	4
10	2	1	0	0
10	2	2	0	0
10	2	3	4	0
10	2	4	0	4
10	2	5	0	4
END_OF_DATA
total = 4

# warning.gp: left, how many rounds before behaviour breaks each number gives alarm, a mark an arm that breaks; right,
# what its alarms were worth over all arms, the level's bar above the change's. Variables: arms, numbers, name1 ..,
# verdict1 .. 5, most_lead, total. $data: number, rule (1: a level, 2: a change), arm, rounds. $counts: number, rule,
# verdict, count, where its part of the bar begins.
array shade[5] = ["#1b4f72", "#56b4e9", "#d55e00", "#f0e442", "#ffffff"]
array ink[5] = ["#ffffff", "#000000", "#ffffff", "#000000", "#555555"]
top = narrow ? 0.83 : 0.9
# The keys by hand: gnuplot breaks one that is wider than its panel into rows.
array across[5] = [0.02, 0.22, 0.37, 0.57, 0.84]
do for [v = 1:5] {
    x = narrow ? across[v] : 0.4 + 0.6 * across[v]
    y = narrow ? 0.895 : 0.96
    set object v rectangle from screen x, screen y - 0.015 to screen x + (narrow ? 0.035 : 0.02), screen y + 0.015 fillcolor rgb shade[v] fillstyle solid 1 border rgb "#444444"
    set label 10 + v value(sprintf("verdict%d", v)) at screen x + (narrow ? 0.045 : 0.027), screen y left font small
}
y = 0.96
set label 21 "level" at screen (narrow ? 0.065 : 0.047), screen y left font small
set label 22 "change" at screen (narrow ? 0.265 : 0.167), screen y left font small
set label 23 "" at screen (narrow ? 0.037 : 0.03), screen y point pointtype 7 pointsize 0.8 linecolor rgb "#000000"
set label 24 "" at screen (narrow ? 0.237 : 0.15), screen y point pointtype 4 pointsize 0.9 linewidth 1.2 linecolor rgb "#000000"
set yrange [numbers + 0.6:0.4]
set ytics () scale 0
do for [p = 1:numbers] { set ytics add (value(sprintf("name%d", p)) p) }
set border 1
apart(a) = arms > 1 ? 0.24 * ((a - 1.0) / (arms - 1) - 0.5) : 0
row(p, r) = p + (r == 1 ? -0.2 : 0.2)
reach = most_lead > 0 ? most_lead : 1
whole(step) = step < 1 ? 1 : step
if (!dumb) { set multiplot layout 1, 2 margins char 16, screen 0.98, char 3, screen top spacing char 2, char 0 }
set xrange [-reach - 0.5:reach + 0.5]
set xtics whole(step_of((narrow ? 3 : 2) * reach))
set xlabel (narrow ? "rounds before" : "rounds before the break") offset 0, 0.4
unset grid
set grid xtics linewidth 0.4 linecolor rgb "#dddddd"
set arrow 1 from 0, 0.4 to 0, numbers + 0.6 nohead linewidth 1 linecolor rgb "#444444" back
if (most_lead == 0) { set label 1 "nothing broke" at 0.3 * reach, numbers / 2.0 + 0.5 center rotate textcolor rgb "#555555" }
unset key
plot $data using ($2 == 1 ? $4 : NaN):(row($1, $2) + apart($3)) with points pointtype 7 pointsize 0.8 linecolor rgb "#000000", \
     $data using ($2 == 2 ? $4 : NaN):(row($1, $2) + apart($3)) with points pointtype 4 pointsize 0.9 linewidth 1.2 linecolor rgb "#000000"
unset arrow 1
unset label 1
do for [i = 11:24] { unset label i }
do for [v = 1:5] { unset object v }
unset ytics
unset grid
set xrange [0:total > 0 ? total : 1]
set xtics whole(step_of(total))
set xlabel "arms" offset 0, 0.4
set style fill solid 1 border rgb "#444444"
plot for [v = 1:5] $counts using ($3 == v && $4 > 0 ? $5 : NaN):(row($1, $2)):5:($5 + $4):(row($1, $2) - 0.17):(row($1, $2) + 0.17) \
         with boxxyerror fillcolor rgb shade[v], \
     for [v = 1:5] $counts using ($3 == v && $4 > 0 ? $5 + 0.5 * $4 : NaN):(row($1, $2)):(sprintf("%d", $4)) with labels font tiny textcolor rgb ink[v]
if (!dumb) { unset multiplot }

set output
