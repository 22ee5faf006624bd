# repair.gp: gnuplot makes the figure of this script, whose data are in it; as another kind
# of picture: gnuplot -e "output = 'fig.png'" repair.gp
if (!exists("output")) { output = 'repair.pdf' }
kind = output[strlen(output) - 3:]
point = 0
if (kind eq '.pdf') { point = 1; set terminal pdfcairo enhanced font 'DejaVu Sans,8' linewidth 0.7 size 16cm,9cm }
if (kind eq '.svg') { point = 1.3333333333333333; set terminal svg enhanced font 'DejaVu Sans,10.67' size 604.8,340.2 }
if (kind eq '.png') { point = 1; set terminal pngcairo enhanced font 'DejaVu Sans,8' fontscale 2.78 linewidth 2 size 1259.84,708.66 }
if (kind eq '.eps') { point = 1; set terminal epscairo enhanced font 'DejaVu Sans,8' linewidth 0.7 size 16cm,9cm }
if (point == 0) { exit error output.": unknown kind of figure (expected .pdf, .svg, .png or .eps)" }
set output output
width = 16
dumb = 0
columns = 2
percent = '%'
font_name = 'DejaVu Sans'
points = 8 * point
legend_at = 'top'
arms = 2
filters = 1
clusters = 0
label1 = 'smollm2-memit-seq-10000'
tone1 = 1
shape1 = 1
filter1 = 1
cluster1 = 1
label2 = 'smollm2-ridge-120'
tone2 = 2
shape2 = 2
filter2 = 1
cluster2 = 1
filter_name1 = 'none'
editor1 = ''
named = 1
first_stage = -1
last_stage = 56
tick1 = 'base'
tick_at1 = -1
tick2 = 'unedited'
tick_at2 = 0
tick3 = 'edited'
tick_at3 = 1
tick4 = 'scale keep=0.1'
tick_at4 = 2
tick5 = 'scale keep=0.25'
tick_at5 = 3
tick6 = 'scale keep=0.5'
tick_at6 = 4
tick7 = 'scale keep=0.75'
tick_at7 = 5
tick8 = 'spectral-cap cap=0.1'
tick_at8 = 6
tick9 = 'spectral-cap cap=0.2'
tick_at9 = 7
tick10 = 'spectral-cap cap=0.3'
tick_at10 = 8
tick11 = 'spectral-cap cap=0.5'
tick_at11 = 9
tick12 = 'spectral-cap cap=1'
tick_at12 = 10
tick13 = 'edge-cap cap=0.25'
tick_at13 = 11
tick14 = 'edge-cap cap=0.5'
tick_at14 = 12
tick15 = 'edge-cap cap=1'
tick_at15 = 13
tick16 = 'norm-cap cap=0.05'
tick_at16 = 14
tick17 = 'norm-cap cap=0.1'
tick_at17 = 15
tick18 = 'norm-cap cap=0.2'
tick_at18 = 16
tick19 = 'norm-cap cap=0.4'
tick_at19 = 17
tick20 = 'revive tau=0.05'
tick_at20 = 18
tick21 = 'revive tau=0.1'
tick_at21 = 19
tick22 = 'revive tau=0.3'
tick_at22 = 20
tick23 = 'revive basis=edited tau=0.05'
tick_at23 = 21
tick24 = 'revive basis=edited tau=0.1'
tick_at24 = 22
tick25 = 'revive basis=edited tau=0.3'
tick_at25 = 23
tick26 = 'left tau=0.1'
tick_at26 = 24
tick27 = 'left tau=0.3'
tick_at27 = 25
tick28 = 'left basis=edited tau=0.1'
tick_at28 = 26
tick29 = 'left basis=edited tau=0.3'
tick_at29 = 27
tick30 = 'right tau=0.1'
tick_at30 = 28
tick31 = 'right tau=0.3'
tick_at31 = 29
tick32 = 'right basis=edited tau=0.1'
tick_at32 = 30
tick33 = 'right basis=edited tau=0.3'
tick_at33 = 31
tick34 = 'block basis=edited tau=0.1'
tick_at34 = 32
tick35 = 'block basis=edited tau=0.3'
tick_at35 = 33
tick36 = 'diagonal basis=edited tau=0.1'
tick_at36 = 34
tick37 = 'diagonal basis=edited tau=0.3'
tick_at37 = 35
tick38 = 'product tau=0.1'
tick_at38 = 36
tick39 = 'product tau=0.3'
tick_at39 = 37
tick40 = 'taper tau=0.1'
tick_at40 = 38
tick41 = 'taper tau=0.3'
tick_at41 = 39
tick42 = 'taper basis=edited tau=0.1'
tick_at42 = 40
tick43 = 'taper basis=edited tau=0.3'
tick_at43 = 41
tick44 = 'sphere tau=0.3'
tick_at44 = 42
tick45 = 'sphere tau=0.5'
tick_at45 = 43
tick46 = 'prune alpha=1.1'
tick_at46 = 44
tick47 = 'prune alpha=2'
tick_at47 = 45
tick48 = 'prune-linear'
tick_at48 = 46
tick49 = 'dg-hard'
tick_at49 = 47
tick50 = 'rect keep=0.1'
tick_at50 = 48
tick51 = 'rect keep=0.3'
tick_at51 = 49
tick52 = 'rect keep=0.6'
tick_at52 = 50
tick53 = 'random tau=0.1'
tick_at53 = 51
tick54 = 'random tau=0.3'
tick_at54 = 52
tick55 = 'tail-only tau=0.1'
tick_at55 = 53
tick56 = 'tail-only tau=0.3'
tick_at56 = 54
tick57 = 'norm-matched tau=0.1'
tick_at57 = 55
tick58 = 'norm-matched tau=0.3'
tick_at58 = 56
ticks = 58

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

filter_line1 = 'spectral-cap'
filter_line2 = 'revive edited'
filter_line3 = 'taper edited'
scaled = 1
filter_lines = 3
kept = 'argmax'
$data << END_OF_DATA
1	0	0	NaN	37.6520861	26.2369219	46.3242338	0	0	8.76216012	1	0	0
1	1	0	NaN	584.380488	354.135532	974.180769	0	0	8.76216012	0	0	0
1	2	1	0.1	37.8813117	26.5338876	46.4522098	2.5	0.44268315	12.881369	1	0	-1
1	3	1	0.25	39.1498912	27.4292131	48.0194644	2.5	0.44268315	12.881369	0	0	-1
1	4	1	0.5	47.2040165	32.6547231	59.2188527	7.5	2.58360258	19.8642335	0	0	-1
1	5	1	0.75	99.5895294	64.1707011	129.559187	5	1.38206674	16.5038774	0	0	-1
1	6	2	0.1	38.7128763	26.9990423	47.6855903	2.5	0.44268315	12.881369	0	0	1
1	7	2	0.2	43.1907191	29.7909033	54.1452716	7.5	2.58360258	19.8642335	1	1	1
1	8	2	0.3	53.916976	36.3721032	69.4326973	12.5	5.45950025	26.1121198	1	0	1
1	9	2	0.5	115.466333	75.711389	149.807437	0	0	8.76216012	0	0	1
1	10	2	1	413.504864	261.562076	621.961057	2.5	0.44268315	12.881369	0	0	1
1	11	3	0.25	39.2938105	27.3564269	48.5227733	2.5	0.44268315	12.881369	0	0	0
1	12	3	0.5	46.2699496	31.5337675	58.7906208	7.5	2.58360258	19.8642335	0	0	0
1	13	3	1	104.998677	68.9065005	137.396837	5	1.38206674	16.5038774	0	0	0
1	14	4	0.05	37.688734	26.3155351	46.3000707	0	0	8.76216012	0	0	0
1	15	4	0.1	37.7672694	26.4111593	46.3406291	0	0	8.76216012	0	0	0
1	16	4	0.2	38.0629493	26.6584256	46.6450388	2.5	0.44268315	12.881369	0	0	0
1	17	4	0.4	39.4353568	27.5708561	48.4814083	2.5	0.44268315	12.881369	0	0	0
1	18	5	0.05	695.165543	429.692146	1110.34502	2.5	0.44268315	12.881369	0	0	0
1	19	5	0.1	395.486794	244.895498	582.854573	2.5	0.44268315	12.881369	0	0	0
1	20	5	0.3	145.84002	85.8271323	212.279932	0	0	8.76216012	0	0	0
1	21	6	0.05	241.709761	163.970807	296.40025	0	0	8.76216012	0	0	2
1	22	6	0.1	171.299477	116.927217	228.059703	0	0	8.76216012	0	0	2
1	23	6	0.3	76.4279848	49.7063813	101.16801	0	0	8.76216012	0	0	2
1	24	7	0.1	288.477035	176.121497	419.570358	0	0	8.76216012	0	0	0
1	25	7	0.3	154.774342	92.2087211	218.190769	0	0	8.76216012	0	0	0
1	26	8	0.1	161.88892	107.146998	213.770111	0	0	8.76216012	0	0	0
1	27	8	0.3	73.2955576	48.1526781	96.8499313	0	0	8.76216012	0	0	0
1	28	9	0.1	5132.05999	2519.11833	7445.62387	0	0	8.76216012	0	0	0
1	29	9	0.3	754.5408	350.845133	1941.62281	0	0	8.76216012	0	0	0
1	30	10	0.1	1722.78505	914.621482	2925.10301	0	0	8.76216012	0	0	0
1	31	10	0.3	655.807299	428.547433	1003.58369	0	0	8.76216012	0	0	0
1	32	11	0.1	808.967568	445.651337	1306.00988	0	0	8.76216012	0	0	0
1	33	11	0.3	313.176013	228.870965	428.655228	0	0	8.76216012	0	0	0
1	34	12	0.1	648.333709	380.560798	957.561874	0	0	8.76216012	0	0	0
1	35	12	0.3	548.133434	357.341109	819.880437	0	0	8.76216012	0	0	0
1	36	13	0.1	929.842148	541.092356	1804.03203	0	0	8.76216012	0	0	0
1	37	13	0.3	604.53391	386.547972	1053.99523	0	0	8.76216012	0	0	0
1	38	14	0.1	68.5699771	45.9452371	89.2884356	5	1.38206674	16.5038774	0	0	0
1	39	14	0.3	55.2556671	37.6744036	70.2221066	5	1.38206674	16.5038774	0	0	0
1	40	15	0.1	51.4332367	35.1431419	65.0124432	2.5	0.44268315	12.881369	0	0	3
1	41	15	0.3	45.202373	31.3250135	56.2144727	2.5	0.44268315	12.881369	0	0	3
1	42	16	0.3	507.190653	297.032732	894.152425	0	0	8.76216012	0	0	0
1	43	16	0.5	442.538938	255.691461	738.360482	2.5	0.44268315	12.881369	0	0	0
1	44	17	1.1	464.181637	288.194817	726.82527	2.5	0.44268315	12.881369	0	0	0
1	45	17	2	419.451309	264.760189	633.98428	2.5	0.44268315	12.881369	0	0	0
1	46	18	NaN	486.101126	299.914955	770.72609	2.5	0.44268315	12.881369	0	0	0
1	47	19	NaN	73.0586133	47.0851632	99.205278	2.5	0.44268315	12.881369	0	0	0
1	48	20	0.1	44.4384176	30.5081791	55.5491631	2.5	0.44268315	12.881369	0	0	0
1	49	20	0.3	76.6333938	50.1902173	102.903066	0	0	8.76216012	0	0	0
1	50	20	0.6	323.445189	205.282514	443.660789	2.5	0.44268315	12.881369	0	0	0
1	51	21	0.1	428.368175	301.356591	591.08804	0	0	8.76216012	0	0	0
1	52	21	0.3	216.169998	113.666928	339.982881	0	0	8.76216012	0	0	0
1	53	22	0.1	369.247919	238.081459	504.503627	0	0	8.76216012	0	0	0
1	54	22	0.3	190.471038	132.91237	247.517488	2.5	0.44268315	12.881369	0	0	0
1	55	23	0.1	373.053553	232.911568	556.571922	0	0	8.76216012	0	0	0
1	56	23	0.3	171.234557	110.702051	223.808	2.5	0.44268315	12.881369	0	0	0
2	0	0	NaN	41.0651777	33.4177053	48.0270344	0	0	6.01718521	1	0	0
2	1	0	NaN	4055.9065	3049.40886	5305.59336	0	0	6.01718521	0	0	0
2	2	1	0.1	41.4228223	33.6575748	48.3871815	0	0	6.01718521	0	0	-1
2	3	1	0.25	44.3079205	36.0936282	51.7054186	6.66666667	2.62286987	15.9253573	0	0	-1
2	4	1	0.5	90.2744636	73.3507147	110.639767	6.66666667	2.62286987	15.9253573	0	0	-1
2	5	1	0.75	870.627487	675.111398	1144.54794	1.66666667	0.294815979	8.85512973	0	0	-1
2	6	2	0.1	41.4083582	33.7756564	48.3808473	3.33333333	0.918931926	11.3637743	0	0	1
2	7	2	0.2	42.5685975	34.8223056	49.6233586	15	8.09744058	26.1145891	1	0	1
2	8	2	0.3	44.4795113	36.3848849	51.737247	18.3333333	10.5577969	29.9197537	0	0	1
2	9	2	0.5	50.5472757	41.4602525	58.196915	21.6666667	13.123044	33.6200276	1	0	1
2	10	2	1	143.55604	115.898461	178.433905	6.66666667	2.62286987	15.9253573	0	0	1
2	11	3	0.25	41.5100723	33.8709135	48.491132	3.33333333	0.918931926	11.3637743	0	0	0
2	12	3	0.5	42.9712585	35.1551745	50.0394251	15	8.09744058	26.1145891	0	0	0
2	13	3	1	48.6594686	39.8489353	56.2181572	20	11.8285053	31.7818058	0	0	0
2	14	4	0.05	41.2033459	33.4945632	48.1551958	0	0	6.01718521	0	0	0
2	15	4	0.1	41.745335	33.9485621	48.716666	0	0	6.01718521	0	0	0
2	16	4	0.2	44.8230481	36.5410827	52.2457474	6.66666667	2.62286987	15.9253573	0	0	0
2	17	4	0.4	115.760322	91.856585	148.071533	3.33333333	0.918931926	11.3637743	0	0	0
2	18	5	0.05	3259.64695	2476.73852	4211.22055	0	0	6.01718521	0	0	0
2	19	5	0.1	2365.49689	1768.73064	3223.04986	0	0	6.01718521	0	0	0
2	20	5	0.3	1100.30918	834.660148	1478.84461	0	0	6.01718521	0	0	0
2	21	6	0.05	45.3084011	37.3036681	52.4145493	20	11.8285053	31.7818058	1	0	2
2	22	6	0.1	43.3401056	35.5829758	50.2748738	18.3333333	10.5577969	29.9197537	1	1	2
2	23	6	0.3	41.4355891	33.8181178	48.3862413	3.33333333	0.918931926	11.3637743	0	0	2
2	24	7	0.1	3434.2387	2564.43346	4572.48957	0	0	6.01718521	0	0	0
2	25	7	0.3	1944.40305	1429.44517	2667.18311	0	0	6.01718521	0	0	0
2	26	8	0.1	44.4640334	36.7304176	51.5484389	18.3333333	10.5577969	29.9197537	0	0	0
2	27	8	0.3	42.588825	34.6714387	50.065451	3.33333333	0.918931926	11.3637743	0	0	0
2	28	9	0.1	2902.58349	2173.17685	3847.83665	0	0	6.01718521	0	0	0
2	29	9	0.3	2267.34096	1710.93864	2977.79552	0	0	6.01718521	0	0	0
2	30	10	0.1	43.9361645	36.0529975	50.9677945	18.3333333	10.5577969	29.9197537	0	0	0
2	31	10	0.3	42.4206601	34.7353262	49.3635014	10	4.66428345	20.1494647	0	0	0
2	32	11	0.1	45.1824284	37.3663349	52.3889319	18.3333333	10.5577969	29.9197537	0	0	0
2	33	11	0.3	43.7404811	35.8579186	51.1697849	11.6666667	5.76772064	22.178788	0	0	0
2	34	12	0.1	45.2380994	37.1876074	52.4791651	18.3333333	10.5577969	29.9197537	0	0	0
2	35	12	0.3	43.936012	36.0876487	51.0847024	13.3333333	6.91410948	24.1651597	0	0	0
2	36	13	0.1	3598.06257	2718.34773	4717.15357	0	0	6.01718521	0	0	0
2	37	13	0.3	2966.44191	2263.44916	3847.59499	0	0	6.01718521	0	0	0
2	38	14	0.1	499.105591	423.980055	611.666983	0	0	6.01718521	0	0	0
2	39	14	0.3	275.364952	238.294679	325.514897	3.33333333	0.918931926	11.3637743	0	0	0
2	40	15	0.1	42.0331525	34.4275503	48.995389	13.3333333	6.91410948	24.1651597	1	0	3
2	41	15	0.3	41.3808042	33.8076353	48.3393278	3.33333333	0.918931926	11.3637743	1	0	3
2	42	16	0.3	3469.35771	2607.32828	4595.515	0	0	6.01718521	0	0	0
2	43	16	0.5	3202.88512	2425.59893	4219.39929	0	0	6.01718521	0	0	0
2	44	17	1.1	402.780235	300.985072	559.466796	5	1.71495022	13.7005165	0	0	0
2	45	17	2	162.465176	129.873692	205.791147	6.66666667	2.62286987	15.9253573	0	0	0
2	46	18	NaN	985.884582	747.801947	1322.54278	3.33333333	0.918931926	11.3637743	0	0	0
2	47	19	NaN	4055.90617	3049.40972	5305.59075	0	0	6.01718521	0	0	0
2	48	20	0.1	782.737085	645.593026	935.449358	0	0	6.01718521	0	0	0
2	49	20	0.3	2957.36971	2184.35658	3943.71987	0	0	6.01718521	0	0	0
2	50	20	0.6	3698.60069	2768.8301	4874.73124	0	0	6.01718521	0	0	0
2	51	21	0.1	2191.1948	1637.27224	2889.99044	0	0	6.01718521	0	0	0
2	52	21	0.3	1355.66559	1005.78472	1893.11842	0	0	6.01718521	0	0	0
2	53	22	0.1	871.721437	647.78329	1116.59928	0	0	6.01718521	0	0	0
2	54	22	0.3	285.610121	224.826847	392.235671	1.66666667	0.294815979	8.85512973	0	0	0
2	55	23	0.1	3256.29632	2443.1552	4289.54134	0	0	6.01718521	0	0	0
2	56	23	0.3	1954.28807	1470.05117	2578.36712	0	0	6.01718521	0	0	0
END_OF_DATA

# repair.gp: facts kept against perplexity, a point a filter of the whole change, a panel an arm; up and left is better.
# Variables: arms, label1 .., columns, kept (what facts are counted by), filter_lines, filter_line1 .. (the filters that have a line), scaled (1: plain
# scaling has one). $data: arm, stage, sweep, at, perplexity, lo, hi, kept, lo, hi, frontier, knee, line (0: none, -1: plain scaling). The first two
# stages are the unedited and the edited model.
rows = (arms + columns - 1) / columns
one = arms == 1
set logscale x
stats $data using ($3 > 0 && $13 == 0 ? 1 : 0) nooutput
others = STATS_max > 0
keys = (filter_lines + scaled + others + 2 + (narrow ? 1 : 2)) / (narrow ? 2 : 3)
set offsets graph 0.06, graph 0.06, graph 0.06, graph 0.06
do for [i = 1:8] { set style line i linecolor rgb colour[i] linewidth (narrow ? 1.2 : 1.6) pointtype mark[i] pointsize (narrow ? 0.4 : 0.6) dashtype dash[i] }
set key at screen 0.5, screen 0.995 center top reverse Left samplen (narrow ? 1 : 2) maxrows keys
if (narrow) { set key font small }
if (dumb) { set key outside below }
bars = '$data using ($1 == a && ($3 == 0 || $13 != 0) ? $5 : NaN):8:6:7:9:10 with xyerrorbars linecolor rgb "#cccccc" linewidth 0.6 pointsize 0 notitle'
values = '$data using (one && $13 > 0 && filter_lines <= 2 && $1 == a ? $5 : NaN):8:(sprintf("%g", $4)) with labels font tiny offset 0.5, 0.6 left notitle'
knees = '$data using ($1 == a && $12 == 1 ? $5 : NaN):8 with points pointtype 6 pointsize (narrow ? 1.6 : 2) linecolor rgb "#222222" notitle'
# A loop over nothing would still have its place in the legend.
dots = others ? '$data using ($1 == a && $13 == 0 && $3 > 0 ? $5 : NaN):8 with points pointtype 7 pointsize 0.35 linecolor rgb "#aaaaaa" title "other filters",' : ''
path = scaled ? '$data using ($1 == a && $13 == -1 ? $5 : NaN):8 with linespoints linecolor rgb "#777777" linewidth 1 dashtype 3 pointtype 4 pointsize 0.5 title "scale",' : ''
if (!dumb) { set multiplot layout rows, columns margins char 8, screen 0.985, char 3.5, char ((one ? 1 : 2) + keys) spacing char (narrow ? 5 : 7), char (narrow ? 3.8 : 4.2) }
if (narrow) { set ytics 20 }
do for [a = 1:arms] {
    if (!one) { set title label(a) noenhanced font (narrow ? small : "") offset 0, -0.4 }
    set xlabel (a + columns > arms ? "perplexity" : "") offset 0, 0.4
    set ylabel (first_column(a) ? (narrow ? "" : "facts kept, ").kept." / ".percent : "") offset 1, 0
    stats $data using ($1 == a ? log10($5) : NaN) name "X" nooutput
    steps = steps_of(10**X_min, 10**X_max)
    set xtics ('' 0)
    do for [e = -1:8] { do for [m in steps] { set xtics add (short(m * 10.0**e) m * 10.0**e) } }
    if (a > 1) { unset key }
    plot @bars, @dots @path \
         for [i = 1:filter_lines] $data using ($1 == a && $13 == i ? $5 : NaN):8 with linespoints linestyle i title value("filter_line".i), \
         $data using ($1 == a && $2 == 0 ? $5 : NaN):8 with points pointtype 1 pointsize 1.2 linewidth 1.5 linecolor rgb "#222222" title "unedited", \
         $data using ($1 == a && $2 == 1 ? $5 : NaN):8 with points pointtype 2 pointsize 1.2 linewidth 1.5 linecolor rgb "#222222" title "edited", \
         @values, @knees
}
if (!dumb) { unset multiplot }

set output
