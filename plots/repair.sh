#!/bin/sh
# repair.sh RESULTS BASE FACTS NAME=EDITED[,FIRST,COUNT] ...: which filter of the whole change of an edited model gives back
# what it could do, and keeps most facts. Each EDITED, a checkpoint or RUN.h5#STAGE made from BASE, is tested under every
# filter and plain scaling (spx-filter --eval) on COUNT records of FACTS from FIRST on [0,100]. RESULTS/repair/NAME.h5 gets
# the rows; where it is there, it is not made again. plots/results/repair/NAME.tsv has them as a table. From all
# tables there, of other sessions too, the picture of the figure repair is drawn (plots/pictures). TEST holds other options
# of the tests, such as --products split. The tools are found in SPX_TOOLS or on PATH; Python, SPX_PYTHON or python3, needs h5py.
set -eu
[ $# -ge 4 ] || { sed -n '2,8s/^# //p' "$0" >&2; exit 2; }
results=$1 base=$2 facts=$3
shift 3
PATH=${SPX_TOOLS:+$SPX_TOOLS:}$PATH
tables=$(dirname "$0")/results/repair
mkdir -p "$results/repair" "$tables"
test=${TEST:---tokens 4096 --lambada-items 100}

# Of each filter the values of its number, about as far apart in what they leave of a change.
scale=0.1,0.25,0.5,0.75
filters="spectral-cap cap=0.1,0.2,0.3,0.5,1
edge-cap cap=0.25,0.5,1
norm-cap cap=0.05,0.1,0.2,0.4
revive tau=0.05,0.1,0.3
revive basis=edited tau=0.05,0.1,0.3
left tau=0.1,0.3
left basis=edited tau=0.1,0.3
right tau=0.1,0.3
right basis=edited tau=0.1,0.3
block basis=edited tau=0.1,0.3
diagonal basis=edited tau=0.1,0.3
product tau=0.1,0.3
taper tau=0.1,0.3
taper basis=edited tau=0.1,0.3
sphere tau=0.3,0.5
prune alpha=1.1,2
prune-linear
dg-hard
rect keep=0.1,0.3,0.6
random tau=0.1,0.3
tail-only tau=0.1,0.3
norm-matched tau=0.1,0.3"

try() { # EDITED FIRST COUNT NAME
    set -- "$base" "$1" --eval --facts "$facts" --first "$2" --records "$3" -q -o "$results/repair/$4.h5" --filter scale --keep $scale
    while read -r filter; do set -- "$@" --also "$filter"; done <<LINES
$filters
LINES
    # shellcheck disable=SC2086 # options are words
    spx-filter "$@" $test
}

for arm; do
    name=${arm%%=*}
    rest=${arm#*=},0,100
    edited=${rest%%,*} rest=${rest#*,}
    first=${rest%%,*} rest=${rest#*,}
    [ ! -e "$results/repair/$name.h5" ] || continue
    try "$edited" "$first" "${rest%%,*}" "$name" > "$results/repair/$name.part"
    mv "$results/repair/$name.part" "$tables/$name.tsv"
done

all=$(mktemp -d)
"${SPX_PYTHON:-python3}" "$(dirname "$0")/earlier.py" repairs "$tables" "$all"
set --
for run in "$all"/*.h5; do set -- "$@" "$(basename "$run" .h5)=$run"; done
spx-plot repair "$@" -q -o "$all/repair.gp"
cp "$all/repair.gp" "$(dirname "$0")/pictures"
rm -r "$all"
