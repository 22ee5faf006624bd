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
arms = 4
filters = 4
clusters = 0
label1 = 'memit'
tone1 = 1
shape1 = 1
filter1 = 1
cluster1 = 1
label2 = 'memit-revive-current'
tone2 = 3
shape2 = 3
filter2 = 3
cluster2 = 1
label3 = 'memit-revive-original'
tone3 = 4
shape3 = 4
filter3 = 4
cluster3 = 1
label4 = 'memit-norm-matched'
tone4 = 2
shape4 = 2
filter4 = 2
cluster4 = 1
filter_name1 = 'none'
filter_name2 = 'norm-matched current 0.2'
filter_name3 = 'revive current 0.2'
filter_name4 = 'revive original 0.2'
editor1 = 'memit'
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
1	0	34.5	28.2598	41.3244	1	0.274666	3.57218	32.1429	17.9332	50.6612	63	56.1226	69.3874	41.0652	33.4177	48.027	30	21.8949	39.5849
1	50	98	89.5046	99.6461	80	66.9629	88.7562	100	67.5592	100	66	52.1538	77.5631	41.2212	33.6904	48.1542	29	21.0148	38.5389
1	100	96	90.1629	98.4337	74	64.629	81.5953	83.3333	55.1969	95.3035	67	57.3053	75.4369	41.7007	34.2812	48.6017	28	20.1397	37.488
1	150	94	88.991	96.8116	72	64.3343	78.567	86.3636	66.665	95.251	64.6667	56.7381	71.8627	42.4847	35.2573	49.2175	26	18.4047	35.371
1	200	94.5	90.4213	96.9015	72.5	65.9317	78.2203	80.6452	63.7197	90.813	69.5	62.8014	75.4636	43.2978	36.1655	50.0226	25	17.5452	34.3045
1	250	94	89.8068	96.5348	69	62.2828	75.0011	70	52.1242	83.3353	67	60.2167	73.1426	43.8996	36.8749	50.2563	24	16.6913	33.2323
1	300	94	89.8068	96.5348	68	61.2481	74.0735	76.6667	59.0717	88.2076	63	56.1226	69.3874	44.7732	37.8217	51.1156	22	15.0013	31.0704
1	350	94	89.8068	96.5348	65.5	58.6756	71.7402	67.7419	50.141	81.4306	54.5	47.5786	61.2518	45.4675	38.4961	51.8315	21	14.1657	29.98
1	400	92	87.4011	95.0159	54	47.0823	60.7669	68.75	51.4333	82.0475	61	54.0937	67.4917	46.7298	39.5137	53.1577	18	11.7002	26.6674
1	450	91	86.2234	94.2313	51	44.1186	57.8437	69.2308	50.0117	83.4987	58.5	51.5739	65.1057	48.0602	40.9294	54.1675	18	11.7002	26.6674
1	500	91	86.2234	94.2313	52.5	45.5974	59.3084	82.1429	64.4086	92.1215	54	47.0823	60.7669	49.7929	42.6781	56.0424	18	11.7002	26.6674
2	0	34.5	28.2598	41.3244	1	0.274666	3.57218	32.1429	17.9332	50.6612	63	56.1226	69.3874	41.0652	33.4177	48.027	30	21.8949	39.5849
2	50	96	86.5399	98.8961	80	66.9629	88.7562	100	67.5592	100	70	56.2496	80.8964	41.1052	33.6694	48.0173	30	21.8949	39.5849
2	100	94	87.5232	97.2214	70	60.4151	78.1051	91.6667	64.612	98.5135	64	54.2354	72.7288	41.4646	34.0814	48.3923	30	21.8949	39.5849
2	150	95.3333	90.6814	97.7213	70.6667	62.9377	77.3636	86.3636	66.665	95.251	65.3333	57.4204	72.4805	41.8929	34.622	48.7383	30	21.8949	39.5849
2	200	96	92.3068	97.9594	68.5	61.765	74.5377	83.871	67.3656	92.9074	68.5	61.765	74.5377	42.7273	35.4371	49.5597	26	18.4047	35.371
2	250	96	92.3068	97.9594	71.5	64.8847	77.305	83.3333	66.4356	92.6635	67	60.2167	73.1426	43.1608	35.8949	50.004	24	16.6913	33.2323
2	300	95.5	91.6703	97.6147	70	63.3209	75.9253	73.3333	55.552	85.8173	62	55.1067	68.441	43.9257	36.6212	50.7208	22	15.0013	31.0704
2	350	96	92.3068	97.9594	70.5	63.8413	76.3861	77.4194	60.1876	88.6049	59.5	52.5797	66.0622	44.4612	37.0729	51.2009	24	16.6913	33.2323
2	400	93.5	89.1981	96.1624	66.5	59.7022	72.6759	65.625	48.3111	79.5896	62	55.1067	68.441	45.0487	37.5863	51.8127	24	16.6913	33.2323
2	450	96	92.3068	97.9594	64.5	57.6521	70.8014	76.9231	57.9484	88.9662	59	52.0765	65.5843	45.6668	38.3004	52.1775	25	17.5452	34.3045
2	500	94.5	90.4213	96.9015	65.5	58.6756	71.7402	82.1429	64.4086	92.1215	59	52.0765	65.5843	46.6739	39.1781	53.146	24	16.6913	33.2323
3	0	34.5	28.2598	41.3244	1	0.274666	3.57218	32.1429	17.9332	50.6612	63	56.1226	69.3874	41.0652	33.4177	48.027	30	21.8949	39.5849
3	50	96	86.5399	98.8961	80	66.9629	88.7562	100	67.5592	100	70	56.2496	80.8964	41.1052	33.6694	48.0173	30	21.8949	39.5849
3	100	94	87.5232	97.2214	69	59.3739	77.2203	91.6667	64.612	98.5135	65	55.2544	73.6358	41.4828	34.1016	48.3354	30	21.8949	39.5849
3	150	94.6667	89.8296	97.273	66	58.1043	73.0967	86.3636	66.665	95.251	65.3333	57.4204	72.4805	42.1248	34.9046	48.9463	29	21.0148	38.5389
3	200	94.5	90.4213	96.9015	67.5	60.732	73.6084	83.871	67.3656	92.9074	67	60.2167	73.1426	43.0071	35.8409	49.786	25	17.5452	34.3045
3	250	94.5	90.4213	96.9015	69.5	62.8014	75.4636	80	62.6943	90.4949	64.5	57.6521	70.8014	43.6028	36.6056	50.0201	24	16.6913	33.2323
3	300	96	92.3068	97.9594	65.5	58.6756	71.7402	83.3333	66.4356	92.6635	61	54.0937	67.4917	44.3446	37.3088	50.7917	22	15.0013	31.0704
3	350	94.5	90.4213	96.9015	66.5	59.7022	72.6759	80.6452	63.7197	90.813	56	49.0717	62.7022	45.0955	37.9898	51.3845	20	13.3367	28.8829
3	400	94	89.8068	96.5348	64.5	57.6521	70.8014	75	57.8934	86.7476	61	54.0937	67.4917	45.7845	38.7447	51.9843	19	12.5148	27.7788
3	450	93	88.5945	95.7848	58.5	51.5739	65.1057	76.9231	57.9484	88.9662	57.5	50.5709	64.1464	46.5756	39.7604	52.5981	19	12.5148	27.7788
3	500	91	86.2234	94.2313	54.5	47.5786	61.2518	82.1429	64.4086	92.1215	54.5	47.5786	61.2518	48.1136	41.3882	54.1195	21	14.1657	29.98
4	0	34.5	28.2598	41.3244	1	0.274666	3.57218	32.1429	17.9332	50.6612	63	56.1226	69.3874	41.0652	33.4177	48.027	30	21.8949	39.5849
4	50	98	89.5046	99.6461	82	69.2039	90.2298	100	67.5592	100	66	52.1538	77.5631	41.1808	33.6468	48.1135	29	21.0148	38.5389
4	100	95	88.825	97.8456	71	61.4611	78.9852	83.3333	55.1969	95.3035	66	56.2777	74.5385	41.5888	34.157	48.4951	27	19.2696	36.4321
4	150	94.6667	89.8296	97.273	70.6667	62.9377	77.3636	86.3636	66.665	95.251	65.3333	57.4204	72.4805	42.2651	35.0292	49.0383	26	18.4047	35.371
4	200	93.5	89.1981	96.1624	73	66.4566	78.6766	80.6452	63.7197	90.813	70.5	63.8413	76.3861	42.9648	35.7847	49.7394	24	16.6913	33.2323
4	250	93.5	89.1981	96.1624	70.5	63.8413	76.3861	80	62.6943	90.4949	67	60.2167	73.1426	43.4333	36.4409	49.7574	22	15.0013	31.0704
4	300	93.5	89.1981	96.1624	66.5	59.7022	72.6759	76.6667	59.0717	88.2076	61.5	54.5999	67.9667	44.2147	37.2634	50.5581	20	13.3367	28.8829
4	350	95	91.0422	97.2617	68.5	61.765	74.5377	74.1935	56.7539	86.2983	55.5	48.5733	62.2194	45.0584	38.0921	51.2788	20	13.3367	28.8829
4	400	92	87.4011	95.0159	59.5	52.5797	66.0622	65.625	48.3111	79.5896	62	55.1067	68.441	46.3285	39.294	52.6141	18	11.7002	26.6674
4	450	92	87.4011	95.0159	57	50.0705	63.6657	76.9231	57.9484	88.9662	57	50.0705	63.6657	47.239	40.2729	53.3626	17	10.8936	25.548
4	500	92	87.4011	95.0159	54	47.0823	60.7669	82.1429	64.4086	92.1215	53.5	46.5866	60.2814	48.4878	41.6576	54.7019	18	11.7002	26.6674
END_OF_DATA

# series.gp: panels of one quantity each against edits, named stages, or xname (xlog: a share, logarithmic), a line an
# arm. Variables: arms, label1 .., panels, name1 .., axis1 .., log1 .. (1: logarithmic), band1 .. (1: the two columns
# after the value are its interval), column1 .. (of the value), range1 .. (0: the data's, 1: within 0 to 100, 2: from 0
# to 1, 3: ratios, on one range), note. $data: arm, edits, values.
rows = (panels + columns - 1) / columns
keys = narrow || columns == 1 ? arms : (arms + 1) / 2
if (arms == 1) { keys = 1 }
range(p) = int(value(sprintf("range%d", p)))
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
        plot for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(column(c + 1) < low ? low : column(c + 1)):(column(c + 2) > high ? high : column(c + 2)) with filledcurves \
                 fillcolor rgb colour[tone(i)] fillstyle transparent solid 0.13 noborder notitle, \
             for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(column(c + 1)) with lines linecolor rgb colour[tone(i)] linewidth 0.4 notitle, \
             for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(column(c + 2)) with lines linecolor rgb colour[tone(i)] linewidth 0.4 notitle, \
             for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(column(c)) with linespoints linestyle i title label(i)
    } else {
        plot for [i = 1:arms] $data using ($1 == i ? $2 : NaN):(column(c)) with linespoints linestyle i title label(i)
    }
    unset label 1
}
if (!dumb) { unset multiplot }

set output
