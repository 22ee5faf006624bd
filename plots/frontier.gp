# frontier.gp: generalisation against locality at the last stage, a point an arm with both intervals.
# Variables: arms, label1 ... $data: arm, tau (0: no filter), neighbours, lo, hi, paraphrases, lo, hi.
set xlabel "neighbours kept / %" offset 0, 0.4
set ylabel "paraphrases / %" offset 1, 0
set key outside right top reverse Left samplen 1
set offsets graph 0.05, graph 0.05, graph 0.05, graph 0.05
set pointsize 0.9
plot $data using 3:6:4:5:7:8 with xyerrorbars linecolor rgb "#bbbbbb" linewidth 0.7 pointsize 0 notitle, \
     for [i = 1:arms] $data using ($1 == i ? $3 : NaN):6 with points linestyle style_of(i) pointsize 0.9 title label(i), \
     $data using 3:6:($2 > 0 ? sprintf("%g", $2) : "") with labels offset 0.8, 0.7 left notitle
