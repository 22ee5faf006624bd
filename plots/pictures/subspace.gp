# subspace.gp: gnuplot makes the figure of this script, whose data are in it; as another kind
# of picture: gnuplot -e "output = 'fig.png'" subspace.gp
if (!exists("output")) { output = 'subspace.pdf' }
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
name1 = 'LSS-R'
axis1 = 'similarity'
log1 = 0
range1 = 2
name2 = 'LSS-G'
axis2 = 'similarity'
log2 = 0
range2 = 2
name3 = 'SVS, equal index'
axis3 = '|cos|'
log3 = 0
range3 = 2
name4 = 'SVS, matched'
axis4 = '|cos|'
log4 = 0
range4 = 2
name5 = 'retained gain'
axis5 = 'gain'
log5 = 0
range5 = 2
name6 = 'spectral norm'
axis6 = 'ratio'
log6 = 0
range6 = 3
panels = 6
note = ''
$data << END_OF_DATA
1	0	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1
1	50	0.90664	0.90664	0.90664	0.890574	0.890574	0.890574	0.503206	0.503206	0.503206	0.664893	0.664893	0.664893	0.994403	0.994403	0.994403	1.00492	1.00492	1.00492
1	100	0.823545	0.823545	0.823545	0.797039	0.797039	0.797039	0.344198	0.344198	0.344198	0.565673	0.565673	0.565673	0.989284	0.989284	0.989284	1.0119	1.0119	1.0119
1	150	0.768869	0.768869	0.768869	0.737551	0.737551	0.737551	0.269035	0.269035	0.269035	0.506092	0.506092	0.506092	0.984576	0.984576	0.984576	1.01648	1.01648	1.01648
1	200	0.733574	0.733574	0.733574	0.699798	0.699798	0.699798	0.236235	0.236235	0.236235	0.481432	0.481432	0.481432	0.980516	0.980516	0.980516	1.02065	1.02065	1.02065
1	250	0.696298	0.696298	0.696298	0.66086	0.66086	0.66086	0.203348	0.203348	0.203348	0.451312	0.451312	0.451312	0.976789	0.976789	0.976789	1.02693	1.02693	1.02693
1	300	0.664245	0.664245	0.664245	0.626635	0.626635	0.626635	0.188391	0.188391	0.188391	0.432614	0.432614	0.432614	0.972876	0.972876	0.972876	1.0301	1.0301	1.0301
1	350	0.637609	0.637609	0.637609	0.599338	0.599338	0.599338	0.181538	0.181538	0.181538	0.414371	0.414371	0.414371	0.96924	0.96924	0.96924	1.03518	1.03518	1.03518
1	400	0.611912	0.611912	0.611912	0.572547	0.572547	0.572547	0.182524	0.182524	0.182524	0.398779	0.398779	0.398779	0.966183	0.966183	0.966183	1.03813	1.03813	1.03813
1	450	0.585015	0.585015	0.585015	0.544767	0.544767	0.544767	0.176776	0.176776	0.176776	0.379826	0.379826	0.379826	0.963091	0.963091	0.963091	1.04133	1.04133	1.04133
1	500	0.56872	0.56872	0.56872	0.529033	0.529033	0.529033	0.159386	0.159386	0.159386	0.371796	0.371796	0.371796	0.960146	0.960146	0.960146	1.04521	1.04521	1.04521
2	0	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1
2	50	0.969408	0.969408	0.969408	0.9625	0.9625	0.9625	0.84375	0.84375	0.84375	1	1	1	1	1	1	1	1	1
2	100	0.931888	0.931888	0.931888	0.91875	0.91875	0.91875	0.6875	0.6875	0.6875	1	1	1	1	1	1	1	1	1
2	150	0.894615	0.894615	0.894615	0.874798	0.874798	0.874798	0.559879	0.559879	0.559879	1	1	1	1	1	1	1	1	1
2	200	0.87878	0.87878	0.87878	0.856048	0.856048	0.856048	0.559879	0.559879	0.559879	1	1	1	1	1	1	1	1	1
2	250	0.848741	0.848741	0.848741	0.820984	0.820984	0.820984	0.547412	0.547412	0.547412	0.981136	0.981136	0.981136	0.999638	0.999638	0.999638	1	1	1
2	300	0.839704	0.839704	0.839704	0.811198	0.811198	0.811198	0.54766	0.54766	0.54766	0.964114	0.964114	0.964114	0.999016	0.999016	0.999016	1	1	1
2	350	0.810949	0.810949	0.810949	0.777981	0.777981	0.777981	0.551024	0.551024	0.551024	0.9502	0.9502	0.9502	0.998643	0.998643	0.998643	1	1	1
2	400	0.801707	0.801707	0.801707	0.767575	0.767575	0.767575	0.549239	0.549239	0.549239	0.928607	0.928607	0.928607	0.997906	0.997906	0.997906	1	1	1
2	450	0.76115	0.76115	0.76115	0.720582	0.720582	0.720582	0.530913	0.530913	0.530913	0.914489	0.914489	0.914489	0.997115	0.997115	0.997115	1	1	1
2	500	0.75199	0.75199	0.75199	0.710755	0.710755	0.710755	0.533913	0.533913	0.533913	0.906244	0.906244	0.906244	0.996211	0.996211	0.996211	1	1	1
3	0	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1
3	50	0.969408	0.969408	0.969408	0.9625	0.9625	0.9625	0.84375	0.84375	0.84375	1	1	1	1	1	1	1	1	1
3	100	0.909869	0.909869	0.909869	0.893548	0.893548	0.893548	0.64254	0.64254	0.64254	1	1	1	1	1	1	1	1	1
3	150	0.839569	0.839569	0.839569	0.811895	0.811895	0.811895	0.320968	0.320968	0.320968	1	1	1	1	1	1	1	1	1
3	200	0.810803	0.810803	0.810803	0.780444	0.780444	0.780444	0.195161	0.195161	0.195161	1	1	1	1	1	1	1	1	1
3	250	0.755176	0.755176	0.755176	0.717742	0.717742	0.717742	0.100806	0.100806	0.100806	1	1	1	1	1	1	1	1	1
3	300	0.720445	0.720445	0.720445	0.68004	0.68004	0.68004	0.0818549	0.0818549	0.0818549	1	1	1	1	1	1	1	1	1
3	350	0.680345	0.680345	0.680345	0.636089	0.636089	0.636089	0.0566533	0.0566533	0.0566533	1	1	1	1	1	1	1	1	1
3	400	0.64557	0.64557	0.64557	0.598185	0.598185	0.598185	0.0566533	0.0566533	0.0566533	1	1	1	1	1	1	1	1	1
3	450	0.604924	0.604924	0.604924	0.554234	0.554234	0.554234	0.0379033	0.0379033	0.0379033	1	1	1	1	1	1	1	1	1
3	500	0.581114	0.581114	0.581114	0.529032	0.529032	0.529032	0.0379032	0.0379032	0.0379032	1	1	1	1	1	1	1	1	1
4	0	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1	1
4	50	0.918764	0.918764	0.918764	0.904326	0.904326	0.904326	0.536675	0.536675	0.536675	0.703598	0.703598	0.703598	0.995177	0.995177	0.995177	1.00374	1.00374	1.00374
4	100	0.844381	0.844381	0.844381	0.819744	0.819744	0.819744	0.391316	0.391316	0.391316	0.58773	0.58773	0.58773	0.990729	0.990729	0.990729	1.00869	1.00869	1.00869
4	150	0.794475	0.794475	0.794475	0.764735	0.764735	0.764735	0.312789	0.312789	0.312789	0.530743	0.530743	0.530743	0.986651	0.986651	0.986651	1.01191	1.01191	1.01191
4	200	0.760903	0.760903	0.760903	0.728106	0.728106	0.728106	0.268735	0.268735	0.268735	0.499578	0.499578	0.499578	0.983081	0.983081	0.983081	1.01454	1.01454	1.01454
4	250	0.729716	0.729716	0.729716	0.695306	0.695306	0.695306	0.228128	0.228128	0.228128	0.477064	0.477064	0.477064	0.979985	0.979985	0.979985	1.01988	1.01988	1.01988
4	300	0.699616	0.699616	0.699616	0.662852	0.662852	0.662852	0.207724	0.207724	0.207724	0.459913	0.459913	0.459913	0.976576	0.976576	0.976576	1.02171	1.02171	1.02171
4	350	0.676841	0.676841	0.676841	0.639442	0.639442	0.639442	0.212407	0.212407	0.212407	0.44248	0.44248	0.44248	0.973483	0.973483	0.973483	1.02443	1.02443	1.02443
4	400	0.65185	0.65185	0.65185	0.613119	0.613119	0.613119	0.200317	0.200317	0.200317	0.424466	0.424466	0.424466	0.970892	0.970892	0.970892	1.02622	1.02622	1.02622
4	450	0.629623	0.629623	0.629623	0.590524	0.590524	0.590524	0.181714	0.181714	0.181714	0.406641	0.406641	0.406641	0.968052	0.968052	0.968052	1.02999	1.02999	1.02999
4	500	0.612447	0.612447	0.612447	0.572952	0.572952	0.572952	0.176788	0.176788	0.176788	0.395799	0.395799	0.395799	0.965611	0.965611	0.965611	1.03216	1.03216	1.03216
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
