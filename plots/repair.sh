#!/bin/sh
# repair.sh RESULTS BASE FACTS NAME=EDITED[,FIRST,COUNT] ...: which filter of the whole change of an edited model gives back
# what it could do, and keeps most facts. Each EDITED, a checkpoint or RUN.h5#STAGE made from BASE, is tested under every
# filter and plain scaling (spx-filter --eval) on COUNT records of FACTS from FIRST on [0,100]. RESULTS/repair/NAME gets a
# run file a filter, which is not made again where it is there; plots/results/repair their rows as NAME.tsv, and the numbers
# of the figure of those filters that reach the frontier of all as NAME-frontier.tsv, beside NAME.svg in RESULTS/repair.
# TEST holds other options of the tests, such as --products split. The tools are found in SPX_TOOLS or on PATH.
set -eu
[ $# -ge 4 ] || { sed -n '2,7s/^# //p' "$0" >&2; exit 2; }
results=$1 base=$2 facts=$3
shift 3
PATH=${SPX_TOOLS:+$SPX_TOOLS:}$PATH
tables=$(dirname "$0")/results/repair
mkdir -p "$results/repair" "$tables"
test=${TEST:---tokens 4096 --lambada-items 100}

# label|filter and the values of its number
filters="scale|scale --keep 0.1,0.2,0.3,0.5,0.7,0.85
spectral-cap|spectral-cap --cap 0.1,0.2,0.3,0.5,0.7,1
edge-cap|edge-cap --cap 0.25,0.5,1,1.5,2
norm-cap|norm-cap --cap 0.05,0.1,0.2,0.3,0.5
revive|revive --tau 0.05,0.1,0.2,0.4
revive-edited|revive --basis edited --tau 0.05,0.1,0.2,0.4
left|left --tau 0.1,0.2,0.4
left-edited|left --basis edited --tau 0.1,0.2,0.4
right|right --tau 0.1,0.2,0.4
right-edited|right --basis edited --tau 0.1,0.2,0.4
block-edited|block --basis edited --tau 0.1,0.2,0.4
diagonal-edited|diagonal --basis edited --tau 0.1,0.2,0.4
product|product --tau 0.1,0.2,0.4
taper|taper --tau 0.1,0.2,0.4
taper-edited|taper --basis edited --tau 0.1,0.2,0.4
sphere|sphere --tau 0.3,0.5,0.7
prune|prune --alpha 1.1,1.2,2
prune-linear|prune-linear
dg-hard|dg-hard
rect|rect --keep 0.1,0.2,0.4,0.6
random|random --tau 0.1,0.2,0.4
tail-only|tail-only --tau 0.1,0.2,0.4
norm-matched|norm-matched --tau 0.1,0.2,0.4"

try() { # EDITED FIRST COUNT FOLDER: a run file and a table a filter
    echo "$filters" | while IFS='|' read -r label filter; do
        [ ! -e "$4/$label.h5" ] || continue
        # shellcheck disable=SC2086 # options are words
        if spx-filter "$base" "$1" --filter $filter --eval --facts "$facts" --first "$2" --records "$3" $test -q \
            -o "$4/$label.h5" > "$4/$label.tsv"; then echo "$(basename "$4"): $label"; else rm -f "$4/$label.tsv"; fi
    done
}

# The rows of all tables with the label before them, both models once, and whether a row is on the frontier of all.
gather() { # FOLDER
    echo "$filters" | cut -d '|' -f 1 | while read -r label; do
        [ ! -e "$1/$label.tsv" ] || sed "s/^/$label	/" "$1/$label.tsv"
    done | awk -F '\t' '
        $2 == "model" { if (n++) next; for (i = 1; i <= NF; i++) at[$i] = i; sub(/^[^\t]*/, "label"); print $0 "\tof_all"; next }
        $3 == "-" && seen[$2]++ { next }
        $3 == "-" { sub(/^[^\t]*/, "-") }
        { row[++rows] = $0; kept[rows] = $at["rewrite_acc"]; text[rows] = $at["perplexity"] }
        END { for (i = 1; i <= rows; i++) { best = 1
            for (j = 1; j <= rows; j++)
                if (kept[j] >= kept[i] && text[j] <= text[i] && (kept[j] > kept[i] || text[j] < text[i])) best = 0
            print row[i] "\t" best } }'
}

for arm; do
    name=${arm%%=*}
    rest=${arm#*=},0,100
    edited=${rest%%,*} rest=${rest#*,}
    first=${rest%%,*} rest=${rest#*,}
    folder=$results/repair/$name
    mkdir -p "$folder"
    try "$edited" "$first" "${rest%%,*}" "$folder"
    gather "$folder" > "$tables/$name.tsv"
    # The figure has scaling, and what reaches the frontier of all.
    best=$(awk -F '\t' 'NR > 1 && $NF == 1 && $3 != "-" { print $1 }' "$tables/$name.tsv" | sort -u)
    set --
    for label in scale $best; do
        case " $* " in *"=$folder/$label.h5 "*) ;; *) set -- "$@" "$label=$folder/$label.h5" ;; esac
    done
    spx-plot repair "$@" -q -o "$results/repair/$name.svg"
    cp "$results/repair/$name.tsv" "$tables/$name-frontier.tsv"
done
