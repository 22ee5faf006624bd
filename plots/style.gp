# style.gp: what every figure shares. Variables: dumb (1 on the text terminal), title.
# Colours: Okabe and Ito's palette, which stays apart for colour-blind readers.
set encoding utf8
set datafile separator "\t"
set datafile missing "NaN"
set border 3 linewidth 0.8 linecolor rgb "#444444"
set tics nomirror out scale 0.5 textcolor rgb "#222222"
set grid ytics linewidth 0.4 linecolor rgb "#dddddd"
set key noautotitle
array colour[8] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#F0E442"]
array mark[8] = [7, 5, 9, 11, 13, 4, 6, 8]
do for [i = 1:8] {
    set style line i linecolor rgb colour[i] linewidth 1.6 pointtype mark[i] pointsize 0.45
}
style_of(i) = int((i - 1) % 8) + 1
label(i) = value(sprintf("label%d", i))
set autoscale noextend
# Labels at `steps` of every decade: a logarithmic axis of less than a decade would have none.
decades = "do for [e = -8:8] { do for [m in steps] { set ytics add (sprintf('%g', m * 10.0**e) m * 10.0**e) } }"
