# bars.gp: gnuplot makes the figure of this script, whose data are in it; as another kind
# of picture: gnuplot -e "output = 'fig.png'" bars.gp
if (!exists("output")) { output = 'bars.pdf' }
kind = output[strlen(output) - 3:]
point = 0
if (kind eq '.pdf') { point = 1; set terminal pdfcairo enhanced font 'DejaVu Sans,8' linewidth 0.7 size 16cm,21.42cm }
if (kind eq '.svg') { point = 1.3333333333333333; set terminal svg enhanced font 'DejaVu Sans,10.67' size 604.8,809.676 }
if (kind eq '.png') { point = 1; set terminal pngcairo enhanced font 'DejaVu Sans,8' fontscale 2.78 linewidth 2 size 1259.84,1686.61 }
if (kind eq '.eps') { point = 1; set terminal epscairo enhanced font 'DejaVu Sans,8' linewidth 0.7 size 16cm,21.42cm }
if (point == 0) { exit error output.": unknown kind of figure (expected .pdf, .svg, .png or .eps)" }
set output output
width = 16
dumb = 0
columns = 3
percent = '%'
font_name = 'DejaVu Sans'
points = 8 * point
legend_at = 'top'
arms = 41
filters = 7
clusters = 10
label1 = 'memit'
tone1 = 1
shape1 = 1
filter1 = 1
cluster1 = 1
label2 = 'memit-original'
tone2 = 5
shape2 = 1
filter2 = 5
cluster2 = 1
label3 = 'memit-current'
tone3 = 4
shape3 = 1
filter3 = 4
cluster3 = 1
label4 = 'memit-union'
tone4 = 6
shape4 = 1
filter4 = 6
cluster4 = 1
label5 = 'memit-random'
tone5 = 3
shape5 = 1
filter5 = 3
cluster5 = 1
label6 = 'memit-norm-matched'
tone6 = 2
shape6 = 1
filter6 = 2
cluster6 = 1
label7 = 'alphaedit'
tone7 = 1
shape7 = 2
filter7 = 1
cluster7 = 2
label8 = 'alphaedit-original'
tone8 = 5
shape8 = 2
filter8 = 5
cluster8 = 2
label9 = 'alphaedit-current'
tone9 = 4
shape9 = 2
filter9 = 4
cluster9 = 2
label10 = 'alphaedit-union'
tone10 = 6
shape10 = 2
filter10 = 6
cluster10 = 2
label11 = 'alphaedit-random'
tone11 = 3
shape11 = 2
filter11 = 3
cluster11 = 2
label12 = 'alphaedit-norm-matched'
tone12 = 2
shape12 = 2
filter12 = 2
cluster12 = 2
label13 = 'rect'
tone13 = 1
shape13 = 3
filter13 = 1
cluster13 = 3
label14 = 'rect-original'
tone14 = 5
shape14 = 3
filter14 = 5
cluster14 = 3
label15 = 'rect-current'
tone15 = 4
shape15 = 3
filter15 = 4
cluster15 = 3
label16 = 'rect-union'
tone16 = 6
shape16 = 3
filter16 = 6
cluster16 = 3
label17 = 'rect-random'
tone17 = 3
shape17 = 3
filter17 = 3
cluster17 = 3
label18 = 'rect-norm-matched'
tone18 = 2
shape18 = 3
filter18 = 2
cluster18 = 3
label19 = 'prune'
tone19 = 1
shape19 = 4
filter19 = 1
cluster19 = 4
label20 = 'prune-original'
tone20 = 5
shape20 = 4
filter20 = 5
cluster20 = 4
label21 = 'prune-current'
tone21 = 4
shape21 = 4
filter21 = 4
cluster21 = 4
label22 = 'prune-union'
tone22 = 6
shape22 = 4
filter22 = 6
cluster22 = 4
label23 = 'prune-random'
tone23 = 3
shape23 = 4
filter23 = 3
cluster23 = 4
label24 = 'prune-norm-matched'
tone24 = 2
shape24 = 4
filter24 = 2
cluster24 = 4
label25 = 'nse'
tone25 = 1
shape25 = 5
filter25 = 1
cluster25 = 5
label26 = 'nse-original'
tone26 = 5
shape26 = 5
filter26 = 5
cluster26 = 5
label27 = 'nse-current'
tone27 = 4
shape27 = 5
filter27 = 4
cluster27 = 5
label28 = 'nse-union'
tone28 = 6
shape28 = 5
filter28 = 6
cluster28 = 5
label29 = 'nse-random'
tone29 = 3
shape29 = 5
filter29 = 3
cluster29 = 5
label30 = 'nse-norm-matched'
tone30 = 2
shape30 = 5
filter30 = 2
cluster30 = 5
label31 = 'memit-seq'
tone31 = 1
shape31 = 6
filter31 = 1
cluster31 = 6
label32 = 'memit-seq-current'
tone32 = 4
shape32 = 6
filter32 = 4
cluster32 = 6
label33 = 'memit-seq-feedback'
tone33 = 7
shape33 = 6
filter33 = 7
cluster33 = 6
label34 = 'encore'
tone34 = 1
shape34 = 7
filter34 = 1
cluster34 = 7
label35 = 'encore-current'
tone35 = 4
shape35 = 7
filter35 = 4
cluster35 = 7
label36 = 'rome'
tone36 = 1
shape36 = 8
filter36 = 1
cluster36 = 8
label37 = 'rome-current'
tone37 = 4
shape37 = 8
filter37 = 4
cluster37 = 8
label38 = 'ft-l'
tone38 = 1
shape38 = 1
filter38 = 1
cluster38 = 9
label39 = 'ft-l-current'
tone39 = 4
shape39 = 1
filter39 = 4
cluster39 = 9
label40 = 'emmet'
tone40 = 1
shape40 = 2
filter40 = 1
cluster40 = 10
label41 = 'emmet-current'
tone41 = 4
shape41 = 2
filter41 = 4
cluster41 = 10
filter_name1 = 'none'
filter_name2 = 'norm-matched current 0.2'
filter_name3 = 'random current 0.2'
filter_name4 = 'revive current 0.2'
filter_name5 = 'revive original 0.2'
filter_name6 = 'revive union 0.2'
filter_name7 = 'revive with feedback current 0.2'
editor1 = 'memit'
editor2 = 'alphaedit'
editor3 = 'rect'
editor4 = 'prune'
editor5 = 'nse'
editor6 = 'memit-seq'
editor7 = 'encore'
editor8 = 'rome'
editor9 = 'ft-l'
editor10 = 'emmet'
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
paired1 = 0
paired2 = 0
paired3 = 0
paired4 = 0
paired5 = 0
paired6 = 0
paired_with = ''
paired_level = 0.050000000000000003
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
reference1 = 1
reference2 = 1
reference3 = 1
reference4 = 1
reference5 = 1
reference6 = 1
reference7 = 7
reference8 = 7
reference9 = 7
reference10 = 7
reference11 = 7
reference12 = 7
reference13 = 13
reference14 = 13
reference15 = 13
reference16 = 13
reference17 = 13
reference18 = 13
reference19 = 19
reference20 = 19
reference21 = 19
reference22 = 19
reference23 = 19
reference24 = 19
reference25 = 25
reference26 = 25
reference27 = 25
reference28 = 25
reference29 = 25
reference30 = 25
reference31 = 31
reference32 = 31
reference33 = 31
reference34 = 34
reference35 = 34
reference36 = 36
reference37 = 36
reference38 = 38
reference39 = 38
reference40 = 40
reference41 = 40
matrix = 12
$data << END_OF_DATA
1	500	91	86.2234	94.2313	52.5	45.5974	59.3084	82.1429	64.4086	92.1215	54	47.0823	60.7669	49.7929	42.6781	56.0424	18	11.7002	26.6674
2	500	91	86.2234	94.2313	54.5	47.5786	61.2518	82.1429	64.4086	92.1215	54.5	47.5786	61.2518	48.1136	41.3882	54.1195	21	14.1657	29.98
3	500	94.5	90.4213	96.9015	65.5	58.6756	71.7402	82.1429	64.4086	92.1215	59	52.0765	65.5843	46.6739	39.1781	53.146	24	16.6913	33.2323
4	500	95	91.0422	97.2617	63	56.1226	69.3874	89.2857	72.8041	96.2882	60	53.0837	66.5394	45.7198	38.6229	52.1034	25	17.5452	34.3045
5	500	94	89.8068	96.5348	53	46.0917	59.7952	75	56.6443	87.3235	57	50.0705	63.6657	48.4677	41.5025	54.6301	15	9.30599	23.2836
6	500	92	87.4011	95.0159	54	47.0823	60.7669	82.1429	64.4086	92.1215	53.5	46.5866	60.2814	48.4878	41.6576	54.7019	18	11.7002	26.6674
7	500	97	93.6106	98.618	73.5	66.9824	79.1318	85.7143	68.5102	94.301	56.5	49.5707	63.1843	47.1849	38.2664	54.9471	16	10.0953	24.4203
8	500	96	92.3068	97.9594	66.5	59.7022	72.6759	85.7143	68.5102	94.301	58.5	51.5739	65.1057	46.9639	38.3687	54.6466	19	12.5148	27.7788
9	500	92.5	87.9956	95.4025	63	56.1226	69.3874	82.1429	64.4086	92.1215	60	53.0837	66.5394	47.4844	39.1329	55.1196	24	16.6913	33.2323
10	500	93	88.5945	95.7848	56.5	49.5707	63.1843	78.5714	60.4614	89.7875	59	52.0765	65.5843	46.1235	37.4857	54.0061	24	16.6913	33.2323
11	500	94.5	90.4213	96.9015	71	64.3625	76.846	82.1429	64.4086	92.1215	64	57.1415	70.3308	46.3744	37.7774	54.2969	22	15.0013	31.0704
12	500	98	94.9713	99.2196	75.5	69.0958	80.9431	78.5714	60.4614	89.7875	58.5	51.5739	65.1057	45.9211	37.5697	53.4711	19	12.5148	27.7788
13	500	91.5	86.8104	94.6254	54	47.0823	60.7669	75	56.6443	87.3235	53.5	46.5866	60.2814	48.703	41.7262	54.4821	19	12.5148	27.7788
14	500	94	89.8068	96.5348	58	51.0721	64.6264	89.2857	72.8041	96.2882	57	50.0705	63.6657	47.6121	40.3224	53.9532	20	13.3367	28.8829
15	500	91.5	86.8104	94.6254	61.5	54.5999	67.9667	85.7143	68.5102	94.301	57.5	50.5709	64.1464	46.4821	38.8118	53.1731	22	15.0013	31.0704
16	500	92	87.4011	95.0159	55.5	48.5733	62.2194	78.5714	60.4614	89.7875	61.5	54.5999	67.9667	45.5981	37.9324	52.4986	25	17.5452	34.3045
17	500	93	88.5945	95.7848	58	51.0721	64.6264	89.2857	72.8041	96.2882	53	46.0917	59.7952	47.0626	39.1744	54.0465	19	12.5148	27.7788
18	500	90.5	85.6398	93.8337	56	49.0717	62.7022	82.1429	64.4086	92.1215	56.5	49.5707	63.1843	46.999	39.4393	53.5702	20	13.3367	28.8829
19	500	91	86.2234	94.2313	52.5	45.5974	59.3084	82.1429	64.4086	92.1215	54	47.0823	60.7669	49.7929	42.6781	56.0424	18	11.7002	26.6674
20	500	91	86.2234	94.2313	54.5	47.5786	61.2518	82.1429	64.4086	92.1215	54.5	47.5786	61.2518	48.1136	41.3882	54.1195	21	14.1657	29.98
21	500	94.5	90.4213	96.9015	65.5	58.6756	71.7402	82.1429	64.4086	92.1215	59	52.0765	65.5843	46.6738	39.1781	53.146	24	16.6913	33.2323
22	500	94.5	90.4213	96.9015	63	56.1226	69.3874	89.2857	72.8041	96.2882	57	50.0705	63.6657	45.6383	38.4543	51.9639	24	16.6913	33.2323
23	500	94	89.8068	96.5348	53	46.0917	59.7952	75	56.6443	87.3235	57	50.0705	63.6657	48.4677	41.5025	54.6301	15	9.30599	23.2836
24	500	92	87.4011	95.0159	54	47.0823	60.7669	82.1429	64.4086	92.1215	53.5	46.5866	60.2814	48.4878	41.6576	54.7019	18	11.7002	26.6674
25	500	94.5	90.4213	96.9015	62	55.1067	68.441	82.1429	64.4086	92.1215	60.5	53.5883	67.0159	47.2162	38.6598	54.9618	17	10.8936	25.548
26	500	93	88.5945	95.7848	57.5	50.5709	64.1464	82.1429	64.4086	92.1215	58.5	51.5739	65.1057	47.6557	39.1084	55.386	24	16.6913	33.2323
27	500	92	87.4011	95.0159	56	49.0717	62.7022	78.5714	60.4614	89.7875	59.5	52.5797	66.0622	48.5815	39.7484	56.8053	22	15.0013	31.0704
28	500	91.5	86.8104	94.6254	50.5	43.627	57.3542	75	56.6443	87.3235	57	50.0705	63.6657	47.9078	39.178	55.8592	18	11.7002	26.6674
29	500	93	88.5945	95.7848	55.5	48.5733	62.2194	85.7143	68.5102	94.301	61	54.0937	67.4917	49.2421	40.0539	57.5385	13	7.75717	20.9804
30	500	94.5	90.4213	96.9015	63.5	56.6317	69.8595	82.1429	64.4086	92.1215	59.5	52.5797	66.0622	46.9286	38.5852	54.6539	19	12.5148	27.7788
31	500	96	92.3068	97.9594	78	71.7612	83.1835	89.2857	72.8041	96.2882	59.5	52.5797	66.0622	45.3472	37.7592	52.1752	21	14.1657	29.98
32	500	96	92.3068	97.9594	73.5	66.9824	79.1318	85.7143	68.5102	94.301	60.5	53.5883	67.0159	44.9848	37.3061	52.2217	23	15.8433	32.1544
33	500	93.5	89.1981	96.1624	59	52.0765	65.5843	75	56.6443	87.3235	56.5	49.5707	63.1843	53.441	43.4044	61.8473	11	6.2542	18.6313
34	500	95	91.0422	97.2617	73.5	66.9824	79.1318	89.2857	72.8041	96.2882	54	47.0823	60.7669	45.0838	37.6244	52.0576	23	15.8433	32.1544
35	500	93.5	89.1981	96.1624	65	58.1635	71.2712	78.5714	60.4614	89.7875	56.5	49.5707	63.1843	44.3702	37.1394	51.1895	25	17.5452	34.3045
36	500	81	74.9988	85.8328	22.5	17.2624	28.7741	82.1429	64.4086	92.1215	52	45.1038	58.8208	147.322	103.082	204.564	6	2.77861	12.4768
37	500	84.5	78.8393	88.8604	26	20.4138	32.4907	71.4286	52.9407	84.746	54	47.0823	60.7669	69.3435	54.6565	83.4864	10	5.52291	17.4366
38	500	78	71.7612	83.1835	34	27.7915	40.8115	32.1429	17.9332	50.6612	52.5	45.5974	59.3084	51.8647	42.4622	60.9435	23	15.8433	32.1544
39	500	75.5	69.0958	80.9431	37	30.6126	43.8774	32.1429	17.9332	50.6612	56.5	49.5707	63.1843	45.7655	37.3888	53.3374	28	20.1397	37.488
40	500	89.5	84.482	93.0293	35.5	29.1986	42.3479	71.4286	52.9407	84.746	56	49.0717	62.7022	66.9928	57.3266	77.427	9	4.80725	16.2262
41	500	91.5	86.8104	94.6254	50	43.1361	56.8639	75	56.6443	87.3235	55.5	48.5733	62.2194	58.3458	49.4474	66.3929	14	8.52634	22.1372
END_OF_DATA

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
        do for [a = 1:arms] { shade[(a - 1) * panels + p] = largest > 0 ? (value(sprintf("log%d", p)) ? -1 : 1) * shade[(a - 1) * panels + p] / largest : 0 }
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
        stats $data using (column(c + 1) == column(c + 1) ? column(c + 1) : column(c)) nooutput
        low = STATS_min
        stats $data using (column(c + 2) == column(c + 2) ? column(c + 2) : column(c)) nooutput
        high = STATS_max > low ? STATS_max : low + 1
        if (range(p) == 1) { low = 0; high = 100 }
        step = range(p) == 1 ? 25 : ticks_of(high - low)
        set ytics autofreq step
        set yrange [low - 0.04 * (high - low):high + 0.04 * (high - low)]
        if (value(sprintf("log%d", p)) && low > 0) {
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
            plot for [i = 1:arms] $data using ($1 == i ? place(i) : NaN):(column(c)):(column(c + 1)):(column(c + 2)) with yerrorbars linestyle i dashtype 1 linewidth 1 pointsize dot notitle, \
                 for [f = 1:filters] NaN with points pointtype 7 pointsize 0.6 linecolor rgb colour[1 + (f - 1) % 8] title value(sprintf("filter_name%d", f))
        } else {
            plot for [i = 1:arms] $data using ($1 == i ? place(i) : NaN):(column(c)):(column(c + 1)):(column(c + 2)) with yerrorbars linestyle i dashtype 1 linewidth 1 pointsize dot title label(i)
        }
    }
    if (!dumb) { unset multiplot }
}

set output
