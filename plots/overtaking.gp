# overtaking.gp: the rank that each dominant triplet of the base holds in the current spectrum, a line a triplet, a panel
# an arm. The dashed line is at the number of triplets; those below it are still dominant. Variables: arms, label1 ..,
# columns, stages, most_edits, tensor. $data: arm, stage (1 ..), edits, index, rank.
rows = (arms + columns - 1) / columns
stats $data using 4 nooutput
k = STATS_max
stats $data using 5 nooutput
set yrange [0.9:(STATS_max > k ? STATS_max : k) * 1.2]
set logscale y
steps = steps_of(1, STATS_max > k ? STATS_max : k)
@decades
set xlabel named ? "" : "edits" offset 0, 0.4
set ylabel "rank held" offset 0, 0
set xrange [0:most_edits]
set xtics sparse_step(most_edits)
@by_stage
from = named ? first_stage : 0
till = named ? last_stage : most_edits
@viridis_lines
set cbrange [1:k > 1 ? k : 2]
set cblabel "rank in the base" offset 1, 0
@colour_bar
set arrow from from, k to till, k nohead dashtype 2 linewidth 1 linecolor rgb "#888888"
if (!dumb) { set multiplot layout rows, columns margins char 8, screen right, char 3 + below(stage_room), char 4 spacing char (narrow ? 4 : 8), char 4.5 + below(stage_room) title tensor noenhanced offset 0, -0.4 }
do for [a = 1:arms] {
    set title label(a) noenhanced font (narrow && arms > 1 ? small : "") offset 0, -0.4
    set ylabel (first_column(a) ? "rank held" : "") offset 0, 0
    if (a > 1) { unset colorbox }
    plot for [i = 1:int(k)] $data using ($1 == a && $4 == i ? $3 : NaN):5:4 with lines linewidth 1 linecolor palette z
}
if (!dumb) { unset multiplot }
