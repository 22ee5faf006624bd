# warning.gp: left, how many rounds before behaviour breaks each number gives alarm, a mark an arm that breaks; right,
# what its alarms were worth over all arms, the level's bar above the change's. Variables: arms, numbers, name1 ..,
# verdict1 .. 5, most_lead, total. $data: number, rule (1: a level, 2: a change), arm, rounds. $counts: number, rule,
# verdict, count, where its part of the bar begins.
array shade[5] = ["#1b4f72", "#56b4e9", "#d55e00", "#f0e442", "#ffffff"]
array ink[5] = ["#ffffff", "#000000", "#ffffff", "#000000", "#555555"]
top = narrow ? 0.83 : 0.9
# The keys by hand: gnuplot breaks one that is wider than its panel into rows.
array across[5] = [0.02, 0.22, 0.37, 0.57, 0.84]
do for [v = 1:5] {
    x = narrow ? across[v] : 0.4 + 0.6 * across[v]
    y = narrow ? 0.895 : 0.96
    set object v rectangle from screen x, screen y - 0.015 to screen x + (narrow ? 0.035 : 0.02), screen y + 0.015 fillcolor rgb shade[v] fillstyle solid 1 border rgb "#444444"
    set label 10 + v value(sprintf("verdict%d", v)) at screen x + (narrow ? 0.045 : 0.027), screen y left font small
}
y = 0.96
set label 21 "level" at screen (narrow ? 0.065 : 0.047), screen y left font small
set label 22 "change" at screen (narrow ? 0.265 : 0.167), screen y left font small
set label 23 "" at screen (narrow ? 0.037 : 0.03), screen y point pointtype 7 pointsize 0.8 linecolor rgb "#000000"
set label 24 "" at screen (narrow ? 0.237 : 0.15), screen y point pointtype 4 pointsize 0.9 linewidth 1.2 linecolor rgb "#000000"
set yrange [numbers + 0.6:0.4]
set ytics () scale 0
do for [p = 1:numbers] { set ytics add (value(sprintf("name%d", p)) p) }
set border 1
apart(a) = arms > 1 ? 0.24 * ((a - 1.0) / (arms - 1) - 0.5) : 0
row(p, r) = p + (r == 1 ? -0.2 : 0.2)
reach = most_lead > 0 ? most_lead : 1
whole(step) = step < 1 ? 1 : step
if (!dumb) { set multiplot layout 1, 2 margins char 16, screen 0.98, char 3, screen top spacing char 2, char 0 }
set xrange [-reach - 0.5:reach + 0.5]
set xtics whole(step_of((narrow ? 3 : 2) * reach))
set xlabel (narrow ? "rounds before" : "rounds before the break") offset 0, 0.4
unset grid
set grid xtics linewidth 0.4 linecolor rgb "#dddddd"
set arrow 1 from 0, 0.4 to 0, numbers + 0.6 nohead linewidth 1 linecolor rgb "#444444" back
if (most_lead == 0) { set label 1 "nothing broke" at 0.3 * reach, numbers / 2.0 + 0.5 center rotate textcolor rgb "#555555" }
unset key
plot $data using ($2 == 1 ? $4 : NaN):(row($1, $2) + apart($3)) with points pointtype 7 pointsize 0.8 linecolor rgb "#000000", \
     $data using ($2 == 2 ? $4 : NaN):(row($1, $2) + apart($3)) with points pointtype 4 pointsize 0.9 linewidth 1.2 linecolor rgb "#000000"
unset arrow 1
unset label 1
do for [i = 11:24] { unset label i }
do for [v = 1:5] { unset object v }
unset ytics
unset grid
set xrange [0:total > 0 ? total : 1]
set xtics whole(step_of(total))
set xlabel "arms" offset 0, 0.4
set style fill solid 1 border rgb "#444444"
plot for [v = 1:5] $counts using ($3 == v && $4 > 0 ? $5 : NaN):(row($1, $2)):5:($5 + $4):(row($1, $2) - 0.17):(row($1, $2) + 0.17) \
         with boxxyerror fillcolor rgb shade[v], \
     for [v = 1:5] $counts using ($3 == v && $4 > 0 ? $5 + 0.5 * $4 : NaN):(row($1, $2)):(sprintf("%d", $4)) with labels font tiny textcolor rgb ink[v]
if (!dumb) { unset multiplot }
