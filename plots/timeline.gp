# timeline.gp: the edits at which each quantity breaks, with its interval; a colour an arm. Where nothing is drawn
# nothing breaks. Variables: arms, label1 .., panels, name1 .., most_edits. $data: arm, quantity, knot, lo, hi, slopes.
set xlabel "edits" offset 0, 0.4
set xrange [0:most_edits]
set xtics step_of((narrow ? 2 : 1) * most_edits)
set yrange [panels + 0.6:0.4]
set ytics () scale 0
do for [p = 1:panels] { set ytics add (value(sprintf("name%d", p)) p) }
set ytics noenhanced
widest = 0
do for [p = 1:panels] { widest = strlen(value(sprintf("name%d", p))) > widest ? strlen(value(sprintf("name%d", p))) : widest }
set lmargin 0.9 * widest + 2
unset grid
set grid xtics linewidth 0.4 linecolor rgb "#dddddd"
set border 1
do for [p = 1:panels - 1] { set arrow from 0, p + 0.5 to most_edits, p + 0.5 nohead linewidth 0.4 linecolor rgb "#eeeeee" }
set key outside top center horizontal samplen 1.5
apart = arms > 1 ? 0.6 / (arms - 1) : 0
y(p, a) = p + (a - (arms + 1) / 2.0) * apart
plot for [a = 1:arms] $data using ($1 == a ? $4 : NaN):(y($2, $1)):($5 - $4):(0) with vectors nohead linecolor rgb colour[tone(a)] linewidth 1.6 notitle, \
     for [a = 1:arms] $data using ($1 == a ? $3 : NaN):(y($2, $1)) with points linestyle a pointsize 0.7 title label(a)
