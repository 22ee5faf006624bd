# collapse.gp: gnuplot makes the figure of this script, whose data are in it; as another kind
# of picture: gnuplot -e "output = 'fig.png'" collapse.gp
if (!exists("output")) { output = 'collapse.pdf' }
kind = output[strlen(output) - 3:]
point = 0
if (kind eq '.pdf') { point = 1; set terminal pdfcairo enhanced font 'DejaVu Sans,8' linewidth 0.7 size 16cm,10.2cm }
if (kind eq '.svg') { point = 1.3333333333333333; set terminal svg enhanced font 'DejaVu Sans,10.67' size 604.8,385.56 }
if (kind eq '.png') { point = 1; set terminal pngcairo enhanced font 'DejaVu Sans,8' fontscale 2.78 linewidth 2 size 1259.84,803.148 }
if (kind eq '.eps') { point = 1; set terminal epscairo enhanced font 'DejaVu Sans,8' linewidth 0.7 size 16cm,10.2cm }
if (point == 0) { exit error output.": unknown kind of figure (expected .pdf, .svg, .png or .eps)" }
set output output
width = 16
dumb = 0
columns = 3
percent = '%'
font_name = 'DejaVu Sans'
points = 8 * point
legend_at = 'top'
arms = 2
filters = 2
clusters = 0
label1 = 'memit-seq'
tone1 = 1
shape1 = 1
filter1 = 1
cluster1 = 1
label2 = 'memit-seq-current'
tone2 = 2
shape2 = 2
filter2 = 2
cluster2 = 1
filter_name1 = 'none'
filter_name2 = 'revive current 0.2'
editor1 = 'memit-seq'
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
array mark[12] = [7, 5, 9, 11, 13, 4, 6, 8, 12, 10, 15, 14]
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
edits_step(most) = step_of((narrow ? 2.9 : most >= 1000 ? 2 : 1.3) * most)
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

xname = 'edits'
xlog = 0
band1 = 1
column1 = 3
band2 = 1
column2 = 6
band3 = 1
column3 = 9
band4 = 1
column4 = 12
band5 = 1
column5 = 15
band6 = 1
column6 = 18
name1 = 'edited facts'
axis1 = 'success / %'
log1 = 0
range1 = 1
name2 = 'facts, argmax'
axis2 = 'accuracy / %'
log2 = 0
range2 = 1
name3 = 'paraphrases'
axis3 = 'success / %'
log3 = 0
range3 = 1
name4 = 'neighbours'
axis4 = 'success / %'
log4 = 0
range4 = 1
name5 = 'WikiText perplexity'
axis5 = 'perplexity'
log5 = 1
range5 = 0
name6 = 'LAMBADA'
axis6 = 'correct / %'
log6 = 0
range6 = 1
panels = 6
note = ''
$data << END_OF_DATA
1	0	29.5	23.6139439	36.1587145	0	0	1.88453264	31.25	25.25	37.75625	70.9174603	65.9230159	75.688502	41.0651777	33.4177053	48.0270344	30	21.8948853	39.5848546
1	100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	1000	93.5	89.1980921	96.1623645	58	51.0720739	64.6264008	85	80.75	89	59.9413735	55.3850253	64.8439918	57.188941	48.8147165	64.6465053	10	5.52291371	17.4365662
1	1100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	1200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	1300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	1400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	1500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	1600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	1700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	1800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	1900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	2000	83.5	77.7342185	88.0031447	28.5	22.695003	35.115346	77.5	72.5	82	60.4998016	56.2569147	65.4614583	116.435452	96.6167711	136.511591	5	2.15436792	11.1750469
1	2100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	2200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	2300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	2400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	2500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	2600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	2700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	2800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	2900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	3000	78	71.7612001	83.1834616	18	13.2946259	23.911475	69.5	63.75	74.75625	54.9555556	50.9794345	59.0592212	181.778268	155.307867	208.617066	1	0.176743206	5.44861962
1	3100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	3200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	3300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	3400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	3500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	3600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	3700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	3800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	3900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	4000	73.5	66.9824238	79.1318459	20.5	15.4861762	26.6256981	66.5	60.75	72	57.05	52.6506944	61.3084722	244.837078	204.319317	286.945159	1	0.176743206	5.44861962
1	4100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	4200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	4300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	4400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	4500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	4600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	4700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	4800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	4900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	5000	71.5	64.884654	77.304997	16.5	11.9968553	22.2657815	68.25	62.74375	73.25	51.4486111	46.7904762	56.1535813	294.791738	249.080468	341.765347	1	0.176743206	5.44861962
1	5100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	5200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	5300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	5400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	5500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	5600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	5700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	5800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	5900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	6000	66.5	59.7021912	72.675913	11	7.37724446	16.092691	59	53.49375	64.75	54.9087302	50.8784177	59.4277431	366.002375	305.757913	421.393215	0	0	3.69934982
1	6100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	6200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	6300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	6400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	6500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	6600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	6700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	6800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	6900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	7000	77	70.6916956	82.2906567	9.5	6.16631027	14.3601612	62	56.75	68	56.5138889	52.2292014	60.8349306	407.40033	336.997248	481.955343	0	0	3.69934982
1	7100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	7200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	7300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	7400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	7500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	7600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	7700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	7800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	7900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	8000	74	67.5092544	79.5861699	7.5	4.59749172	12.004361	59	53	64.50625	52.2156417	47.933796	56.3126196	460.29476	373.127578	564.19405	0	0	3.69934982
1	8100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	8200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	8300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	8400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	8500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	8600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	8700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	8800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	8900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	9000	66.5	59.7021912	72.675913	5.5	3.09853417	9.57869988	57	51.5	62.75	52.4323413	48.5015129	56.6611062	498.239701	402.86359	609.979095	1	0.176743206	5.44861962
1	9100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	9200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	9300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	9400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	9500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	9600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	9700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	9800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	9900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
1	10000	69.5	62.8014479	75.4635844	5.5	3.09853417	9.57869988	57.5	51.99375	63	53.1382937	48.5427976	57.3819544	553.071336	430.870491	710.744065	1	0.176743206	5.44861962
2	0	29.5	23.6139439	36.1587145	0	0	1.88453264	31.25	25.25	37.75625	70.9174603	65.9230159	75.688502	41.0651777	33.4177053	48.0270344	30	21.8948853	39.5848546
2	100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	1000	91.5	86.8104129	94.625425	51	44.1185877	57.8437217	78.75	73.5	83.25	59.2320731	54.4896307	64.34967	56.5441817	46.2824998	66.4207819	12	6.99940644	19.8120994
2	1100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	1200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	1300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	1400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	1500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	1600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	1700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	1800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	1900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	2000	79	72.8353831	84.0715879	20.5	15.4861762	26.6256981	74.75	69	80	59.9400794	55.3119841	64.8503373	121.96065	96.6684897	147.695749	3	1.0254524	8.45193643
2	2100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	2200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	2300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	2400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	2500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	2600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	2700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	2800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	2900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	3000	72.5	65.9316606	78.2202997	9.5	6.16631027	14.3601612	69.5	64	74.75625	55.4194444	50.975248	60.1055456	193.330341	148.982559	246.536127	0	0	3.69934982
2	3100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	3200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	3300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	3400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	3500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	3600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	3700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	3800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	3900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	4000	67.5	60.7319851	73.6084285	8.5	5.37457502	13.1895871	62.25	56.75	68.00625	58.7416667	54.6346875	63.1585764	260.188518	199.871687	323.899287	1	0.176743206	5.44861962
2	4100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	4200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	4300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	4400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	4500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	4600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	4700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	4800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	4900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	5000	72.5	65.9316606	78.2202997	9	5.76874489	13.7765719	63.5	57.74375	69	53.4736111	48.5697867	58.3059028	323.026674	243.579054	399.619528	0	0	3.69934982
2	5100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	5200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	5300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	5400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	5500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	5600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	5700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	5800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	5900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	6000	71	64.3625219	76.8459744	3.5	1.7055542	7.04706115	62.75	57.25	68.25625	55.034127	50.4791518	59.7207242	366.445528	286.209044	442.294555	0	0	3.69934982
2	6100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	6200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	6300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	6400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	6500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	6600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	6700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	6800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	6900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	7000	68.5	61.7650439	74.537679	8	4.98405859	12.5989488	64.5	59	70.25625	51.5375	47.01	55.6717708	392.415021	295.222887	486.765669	0	0	3.69934982
2	7100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	7200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	7300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	7400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	7500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	7600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	7700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	7800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	7900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	8000	68	61.2481016	74.0734667	4	2.04056321	7.69320682	62.25	56	67.75	51.2315546	46.8086614	55.5556702	401.563736	311.41426	490.766832	0	0	3.69934982
2	8100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	8200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	8300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	8400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	8500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	8600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	8700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	8800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	8900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	9000	64.5	57.6521131	70.8013725	4.5	2.3852543	8.3296704	58.5	52.25	64.75	54.8656746	50.4939435	59.2760565	434.781665	338.901244	528.017643	0	0	3.69934982
2	9100	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	9200	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	9300	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	9400	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	9500	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	9600	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	9700	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	9800	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	9900	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN	NaN
2	10000	62.5	55.6143037	68.9145631	7	4.21521718	11.4054809	54.25	48.99375	59.75	54.6188492	49.5227877	59.2169792	478.355919	380.687338	570.926508	0	0	3.69934982
END_OF_DATA

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

set output
