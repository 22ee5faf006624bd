# style.gp: what every figure shares. Variables: dumb (1 on the text terminal), width (cm).
# Colours: Okabe and Ito's palette, which stays apart for colour-blind readers.
set encoding utf8
set datafile separator "\t"
set datafile missing "NaN"
set border 3 linewidth 0.8 linecolor rgb "#444444"
set tics nomirror out scale 0.5 textcolor rgb "#222222"
set grid ytics linewidth 0.4 linecolor rgb "#dddddd"
set key noautotitle noenhanced
# A column of two: smaller letters, fewer tick labels.
narrow = width < 10
if (narrow && !dumb) { set termoption font ",6" }
array colour[8] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442"]
array mark[8] = [7, 5, 9, 11, 13, 4, 6, 8]
# In grey, marks and dashes tell lines apart.
array dash[8] = [1, 2, 3, 4, 5, 1, 2, 3]
set dashtype 2 (14, 4)
set dashtype 3 (3, 3)
set dashtype 4 (14, 4, 3, 4)
set dashtype 5 (7, 3)
do for [i = 1:8] {
    set style line i linecolor rgb colour[i] linewidth 1.6 pointtype mark[i] pointsize 0.6 dashtype dash[i]
}
style_of(i) = int(value(sprintf("style%d", i)))
label(i) = value(sprintf("label%d", i))
filter(i) = int(value(sprintf("filter%d", i)))
cluster(i) = int(value(sprintf("cluster%d", i)))
set autoscale noextend
set format cb "%g"
set bars 0.6
# A round step that divides `span` into about four.
round_to(m) = m < 1.5 ? 1 : m < 3.5 ? 2 : m < 7.5 ? 5 : 10
step_of(span) = span > 0 ? 10**floor(log10(span / 4.0)) * round_to(span / 4.0 / 10**floor(log10(span / 4.0))) : 1
ticks_of(span) = step_of(narrow ? 2 * span : span)
steps_of(low, high) = narrow ? (high < 3 * low ? "1 1.5 2 3 4 5 7" : high < 60 * low ? "1 3" : "1") : high < 3 * low ? "1 1.2 1.4 1.7 2 2.5 3 3.5 4 4.5 5 6 7 8 9" : high < 60 * low ? "1 2 5" : "1"
# Labels of logarithmic axes are short: 100, 1000, 10^4.
power(x) = floor(log10(x) + 1e-9)
short(x) = x < 9999 ? sprintf("%g", x) : (x < 1.01 * 10**power(x) ? "" : sprintf("%g·", x / 10**power(x))).sprintf("10^{%d}", power(x))
# Labels at `steps` of every decade: a logarithmic axis of less than a decade would have none.
decades = "set ytics ('' 0); do for [e = -8:8] { do for [m in steps] { set ytics add (short(m * 10.0**e) m * 10.0**e) } }"
# Right of panels that share one: where they end, and the bar.
right = narrow ? 0.79 : 0.87
colour_bar = narrow ? 'set colorbox user origin screen 0.82, screen 0.22 size screen 0.02, screen 0.55' : 'set colorbox user origin screen 0.895, screen 0.22 size screen 0.013, screen 0.55'
# Viridis (van der Walt and Smith 2015): even steps of lightness, also in grey. A line's colour by its edits.
viridis = 'set palette defined (0 "#440154", 1 "#3b528b", 2 "#21918c", 3 "#5ec962", 4 "#fde725")'
by_edits = viridis.'; set cbrange [0:most_edits]; set cbtics ticks_of(most_edits); set cblabel "edits" offset 1, 0'
