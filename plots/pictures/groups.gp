# groups.gp: gnuplot makes the figure of this script, whose data are in it; as another kind
# of picture: gnuplot -e "output = 'fig.png'" groups.gp
if (!exists("output")) { output = 'groups.pdf' }
kind = output[strlen(output) - 3:]
point = 0
if (kind eq '.pdf') { point = 1; set terminal pdfcairo enhanced font 'DejaVu Sans,8' linewidth 0.7 size 16cm,5.8cm }
if (kind eq '.svg') { point = 1.3333333333333333; set terminal svg enhanced font 'DejaVu Sans,10.67' size 604.8,219.24 }
if (kind eq '.png') { point = 1; set terminal pngcairo enhanced font 'DejaVu Sans,8' fontscale 2.78 linewidth 2 size 1259.84,456.692 }
if (kind eq '.eps') { point = 1; set terminal epscairo enhanced font 'DejaVu Sans,8' linewidth 0.7 size 16cm,5.8cm }
if (point == 0) { exit error output.": unknown kind of figure (expected .pdf, .svg, .png or .eps)" }
set output output
width = 16
dumb = 0
columns = 3
percent = '%'
font_name = 'DejaVu Sans'
points = 8 * point
legend_at = 'top'
arms = 5
filters = 1
clusters = 0
label1 = 'block-seed-1'
tone1 = 1
shape1 = 1
filter1 = 1
cluster1 = 1
label2 = 'block-seed-2'
tone2 = 2
shape2 = 2
filter2 = 1
cluster2 = 1
label3 = 'block-seed-3'
tone3 = 3
shape3 = 3
filter3 = 1
cluster3 = 1
label4 = 'block-seed-4'
tone4 = 4
shape4 = 4
filter4 = 1
cluster4 = 1
label5 = 'block-seed-5'
tone5 = 5
shape5 = 5
filter5 = 1
cluster5 = 1
filter_name1 = 'none'
editor1 = ''
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

xname = 'group (0: none)'
xlog = 0
band1 = 1
column1 = 3
band2 = 1
column2 = 6
band3 = 1
column3 = 9
name1 = 'known facts'
axis1 = 'success / %'
log1 = 0
range1 = 1
name2 = 'WikiText perplexity'
axis2 = 'perplexity'
log2 = 1
range2 = 0
name3 = 'LAMBADA'
axis3 = 'correct / %'
log3 = 0
range3 = 1
panels = 3
note = ''
$data << END_OF_DATA
1	0	66	56.2777289	74.5384792	41.0651706	33.4177155	48.0270252	30	21.8948853	39.5848546
1	1	50	40.383153	59.616847	132.813936	108.176434	159.237636	5	2.15436792	11.1750469
1	2	60	50.2002587	69.0598714	54.6179887	44.4586282	64.0452887	15	9.30598528	23.2835596
1	4	68	58.3373814	76.3308527	53.308219	42.3138489	63.16559	15	9.30598528	23.2835596
1	6	60	50.2002587	69.0598714	60.4599518	49.6641381	70.0267151	12	6.99940644	19.8120994
1	8	65	55.2544433	73.6357518	65.1215601	52.6997481	75.7197446	11	6.25419636	18.6312965
1	10	58	48.2064867	67.2016173	130.278803	104.253469	153.645073	7	3.43192611	13.7495147
2	0	66	56.2777289	74.5384792	41.0651706	33.4177155	48.0270252	30	21.8948853	39.5848546
2	1	58	48.2064867	67.2016173	124.008898	100.83634	147.340853	5	2.15436792	11.1750469
2	2	70	60.4151454	78.1051147	53.8916211	43.8739513	62.7451894	14	8.52634366	22.1371882
2	4	67	57.3053438	75.4368773	59.3345107	49.1070725	68.7036741	14	8.52634366	22.1371882
2	6	61	51.203017	69.983126	59.521888	46.4297128	71.6552409	12	6.99940644	19.8120994
2	8	60	50.2002587	69.0598714	73.6587021	60.0405868	85.7357013	11	6.25419636	18.6312965
2	10	64	54.2354025	72.7287796	110.333212	89.797869	127.381332	8	4.10934615	14.9981077
3	0	66	56.2777289	74.5384792	41.0651706	33.4177155	48.0270252	30	21.8948853	39.5848546
3	1	61	51.203017	69.983126	101.360257	80.1264071	120.046535	7	3.43192611	13.7495147
3	2	64	54.2354025	72.7287796	63.8663137	52.5686052	73.8765247	16	10.0952885	24.4202694
3	4	66	56.2777289	74.5384792	58.2301258	46.7539655	67.6367782	15	9.30598528	23.2835596
3	6	64	54.2354025	72.7287796	58.9168818	47.7802091	69.7893016	17	10.8935661	25.5480048
3	8	62	52.2097553	70.9024007	60.2436756	47.5377411	71.1598078	14	8.52634366	22.1371882
3	10	67	57.3053438	75.4368773	116.170065	89.4211939	144.58206	14	8.52634366	22.1371882
4	0	66	56.2777289	74.5384792	41.0651706	33.4177155	48.0270252	30	21.8948853	39.5848546
4	1	61	51.203017	69.983126	102.468245	82.5544703	123.085559	4	1.5663304	9.83707144
4	2	67	57.3053438	75.4368773	58.2991098	46.8763312	68.9445883	13	7.75716743	20.9803514
4	4	61	51.203017	69.983126	56.7831648	46.58872	66.0470125	19	12.5147515	27.7788454
4	6	66	56.2777289	74.5384792	60.8318456	48.8428044	71.8911267	11	6.25419636	18.6312965
4	8	63	53.2205296	71.8176395	74.4743193	58.7594933	88.4002405	8	4.10934615	14.9981077
4	10	67	57.3053438	75.4368773	120.086184	93.8101413	147.686794	12	6.99940644	19.8120994
5	0	66	56.2777289	74.5384792	41.0651706	33.4177155	48.0270252	30	21.8948853	39.5848546
5	1	55	45.244603	64.385462	119.171049	95.4043902	142.635291	7	3.43192611	13.7495147
5	2	62	52.2097553	70.9024007	52.5757639	42.5728476	61.4815767	21	14.1656541	29.9799688
5	4	64	54.2354025	72.7287796	58.5307323	46.9226733	69.383841	18	11.7002255	26.6673584
5	6	61	51.203017	69.983126	56.2476267	44.9264461	66.5570837	20	13.3366933	28.8829166
5	8	61	51.203017	69.983126	64.5273526	52.4008943	76.1047863	11	6.25419636	18.6312965
5	10	56	46.2281047	65.3279734	121.726791	101.282945	144.137104	4	1.5663304	9.83707144
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
