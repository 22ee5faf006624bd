# timeline.gp: gnuplot makes the figure of this script, whose data are in it; as another kind
# of picture: gnuplot -e "output = 'fig.png'" timeline.gp
if (!exists("output")) { output = 'timeline.pdf' }
kind = output[strlen(output) - 3:]
point = 0
if (kind eq '.pdf') { point = 1; set terminal pdfcairo enhanced font 'DejaVu Sans,8' linewidth 0.7 size 16cm,8cm }
if (kind eq '.svg') { point = 1.3333333333333333; set terminal svg enhanced font 'DejaVu Sans,10.67' size 604.8,302.4 }
if (kind eq '.png') { point = 1; set terminal pngcairo enhanced font 'DejaVu Sans,8' fontscale 2.78 linewidth 2 size 1259.84,629.92 }
if (kind eq '.eps') { point = 1; set terminal epscairo enhanced font 'DejaVu Sans,8' linewidth 0.7 size 16cm,8cm }
if (point == 0) { exit error output.": unknown kind of figure (expected .pdf, .svg, .png or .eps)" }
set output output
width = 16
dumb = 0
columns = 3
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

name1 = 'edited facts'
axis1 = ''
log1 = 0
range1 = 0
name2 = 'neighbours'
axis2 = ''
log2 = 0
range2 = 0
name3 = 'log perplexity'
axis3 = ''
log3 = 1
range3 = 0
name4 = 'LAMBADA'
axis4 = ''
log4 = 0
range4 = 0
name5 = 'LSS-G'
axis5 = ''
log5 = 0
range5 = 0
name6 = 'SVS'
axis6 = ''
log6 = 0
range6 = 0
name7 = 'spectral norm'
axis7 = ''
log7 = 0
range7 = 0
name8 = 'Frobenius norm'
axis8 = ''
log8 = 0
range8 = 0
panels = 8
most_edits = 2000
$data << END_OF_DATA
1	1	1400	206.25	1993.75	-0.0146033435	-0.00879787234
1	2	600	6.25	1993.75	-0.0217424242	-0.00219877345
1	3	850	450	1193.75	0.000336322093	0.000910340663
1	4	912.5	637.5	1118.75	-0.0210040235	-0.00385977846
1	5	343.75	240.625	450	-0.00133210279	-0.000171431668
1	6	125	115.625	134.375	-0.00650617858	-6.29631856e-05
1	7	1371.875	1259.375	1690.625	7.84930796e-05	0.000114881909
1	8	456.25	412.5	534.375	0.000172847894	0.000107362452
2	1	NaN	NaN	NaN	-0.00928787879	-0.00928787879
2	2	NaN	NaN	NaN	-0.00536363636	-0.00536363636
2	3	362.5	6.25	1993.75	0.00024128695	0.000443598993
2	4	800	500	1193.75	-0.0212272727	-0.0092987013
2	5	337.5	212.5	459.375	-0.00140539766	-0.000162700978
2	6	112.5	109.375	115.625	-0.00720104736	-4.84286143e-05
2	7	NaN	NaN	NaN	0	0
2	8	646.875	512.5	784.375	0.00017275292	0.000108933595
3	1	NaN	NaN	NaN	-0.0132424242	-0.0132424242
3	2	600	281.25	1606.25	-0.0227651515	0.00186778499
3	3	1106.25	1037.5	1168.75	0.000340055207	0.000999829072
3	4	1000	881.25	1100	-0.0229853372	-0.00346920821
3	5	440.625	328.125	546.875	-0.00143835244	-0.000181987174
3	6	131.25	125	134.375	-0.007091545	-3.23418026e-05
3	7	1434.375	1343.75	1471.875	1.29003893e-06	7.65284015e-05
3	8	546.875	456.25	668.75	0.000179620686	0.000108429567
4	1	NaN	NaN	NaN	-0.0118484848	-0.0118484848
4	2	950	356.25	1468.75	-0.0132473684	0.00521578947
4	3	631.25	412.5	825	0.000307906182	0.000932185082
4	4	1006.25	837.5	1393.75	-0.0231267887	-0.00746702007
4	5	356.25	246.875	546.875	-0.00166204425	-0.000148893004
4	6	115.625	109.375	118.75	-0.0074589362	-4.84445447e-05
4	7	1568.75	1243.75	1796.875	0.000405982061	0.00017956365
4	8	1471.875	1325	1637.5	0.000469973893	0.000179427928
END_OF_DATA

# timeline.gp: the edits at which each quantity breaks, with its interval; a colour an arm. Where nothing is drawn
# nothing breaks. Variables: arms, label1 .., panels, name1 .., most_edits. $data: arm, quantity, knot, lo, hi, slopes.
set xlabel "edits" offset 0, 0.4
set xrange [0:most_edits]
set xtics step_of((narrow ? 2 : 1) * most_edits)
set yrange [panels + 0.6:0.4]
set ytics () scale 0
do for [p = 1:panels] { set ytics add (value(sprintf("name%d", p)) p) }
set ytics noenhanced
widest = 0
do for [p = 1:panels] { widest = strlen(value(sprintf("name%d", p))) > widest ? strlen(value(sprintf("name%d", p))) : widest }
set lmargin 0.9 * widest + 2
unset grid
set grid xtics linewidth 0.4 linecolor rgb "#dddddd"
set border 1
do for [p = 1:panels - 1] { set arrow from 0, p + 0.5 to most_edits, p + 0.5 nohead linewidth 0.4 linecolor rgb "#eeeeee" }
set key outside top center horizontal samplen 1.5
apart = arms > 1 ? 0.6 / (arms - 1) : 0
y(p, a) = p + (a - (arms + 1) / 2.0) * apart
plot for [a = 1:arms] $data using ($1 == a ? $4 : NaN):(y($2, $1)):($5 - $4):(0) with vectors nohead linecolor rgb colour[tone(a)] linewidth 1.6 notitle, \
     for [a = 1:arms] $data using ($1 == a ? $3 : NaN):(y($2, $1)) with points linestyle a pointsize 0.7 title label(a)

set output
