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
few_steps_of(low, high) = high < 3 * low ? "1 1.5 2 3 4 5 7" : high < 60 * low ? "1 3" : "1"
steps_of(low, high) = narrow ? few_steps_of(low, high) : high < 3 * low ? "1 1.2 1.4 1.7 2 2.5 3 3.5 4 4.5 5 6 7 8 9" : high < 60 * low ? "1 2 5" : "1"
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
