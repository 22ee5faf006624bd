# frontier.gp: generalisation against locality at the last stage, a point an arm with both intervals.
# Variables: arms, label1 .., and where editors come under several filters clusters, editor1 .., filters, filter_name1 ..: a
# mark an editor, a colour a filter. $data: arm, tau (0: no filter), neighbours, lo, hi, paraphrases, lo, hi.
set xlabel "neighbours kept / ".percent offset 0, 0.4
set ylabel "paraphrases / ".percent offset 1, 0
if (narrow) { set key tmargin center horizontal reverse Left samplen 1 maxcols 2 } else { set key outside right top reverse Left samplen 1 }
least = sprintf(",%g", 0.6 * points)
if (narrow && clusters > 4) { set key font least width -10; set rmargin 4 }
set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05
set pointsize 0.9
stats $data using 4:7 nooutput
stats $data using 5:8 name "HIGH" nooutput
set xrange [STATS_min_x - 1:*]
set yrange [STATS_min_y - 1:*]
set xtics ticks_of(HIGH_max_x - STATS_min_x)
bars = '$data using ($1 <= arms ? $3 : NaN):6:4:5:7:8 with xyerrorbars linecolor rgb "#bbbbbb" linewidth 0.7 pointsize 0 notitle'
taus = '$data using ($1 <= arms ? $3 : NaN):6:($2 > 0 && arms <= 6 ? sprintf("%g", $2) : "") with labels offset 0.8, 0.7 left notitle'
if (clusters > 1) {
    set key noautotitle
    plot @bars, for [i = 1:arms] $data using ($1 == i ? $3 : NaN):6 with points pointtype mark[1 + (cluster(i) - 1) % |mark|] linecolor rgb colour[1 + (filter(i) - 1) % 8] pointsize 0.9, \
         for [e = 1:clusters] NaN with points pointtype mark[1 + (e - 1) % |mark|] linecolor rgb "#222222" pointsize 0.9 title value(sprintf("editor%d", e)), \
         for [f = 1:filters] NaN with lines linecolor rgb colour[1 + (f - 1) % 8] linewidth 3 title value(sprintf("filter_name%d", f))
} else {
    plot @bars, for [i = 1:arms] $data using ($1 == i ? $3 : NaN):6 with points linestyle i pointsize 0.9 title label(i), @taus
}
