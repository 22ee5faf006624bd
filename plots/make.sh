#!/bin/sh
# make.sh: draws every picture of the project's pages anew from its script, plots/pictures/*.gp, by gnuplot alone, and where
# Python has SciPy the tables of plots/claims.py from plots/results.
# make.sh RESULTS [PLAN ...]: first takes in plans that were run, each by `spx-collapse datasets/plans/PLAN.json -o
# RESULTS/PLAN` [every plan that has a folder in RESULTS]: figures and tables are drawn anew from the run files; the numbers
# go to plots/results/PLAN, the scripts of what the pages show to plots/pictures. Of arms and orders of facts that are not
# in RESULTS, plots/results keeps what an earlier session left, and figures and tables show both; that needs python3-h5py.
# The tools are found in SPX_TOOLS or on PATH, Python is SPX_PYTHON or python3.
set -eu
case ${1:-} in -*) sed -n '2,8s/^# //p' "$0" >&2; exit 2 ;; esac
[ $# -eq 0 ] || { results=$(cd "$1" && pwd); shift; }
cd "$(dirname "$0")/.."
PATH=${SPX_TOOLS:+$SPX_TOOLS:}$PATH
python=${SPX_PYTHON:-python3}
tab=$(printf '\t')
most=262144 # bytes of a table that is committed: larger ones, of every singular value, stay with the run files,
whole="arms items stages" # but for those that claims are computed from
rows="spectrum angles overtaking alpha retention layers" # figures of what only run files have

# NAME PLAN/FILE of each picture: of the table of figures, and further ones of a collapse.
list_pictures() {
    spx-plot list | while IFS="$tab" read -r name _ picture _; do
        case $picture in */*) echo "$name$tab$picture" ;; esac
    done
    echo "quick${tab}quick-orders/collapse"
    echo "long${tab}long-10000/collapse"
}

# Tables of folder $1 to $2; with $3, only those of these figures, beside what $2 has of other arms.
keep_tables() {
    for table in "$1"/*.tsv; do
        stem=$(basename "$table" .tsv)
        case " ${3:-$stem} " in *" ${stem%%-*} "* | *" $stem "*) ;; *) continue ;; esac
        case " $whole " in
        *" $stem "*) ;;
        *) [ "$(wc -c < "$table")" -le $most ] || continue ;;
        esac
        if [ -n "${3:-}" ]; then add_arms "$table" "$2/$(basename "$table")"; else cp "$table" "$2"; fi
    done
}

# Table $1 to $2, followed by what that has of arms that $1 has not.
add_arms() {
    cp "$1" "$2.part"
    [ ! -e "$2" ] || ! [ "$(head -n 1 "$1")" = "$(head -n 1 "$2")" ] ||
        awk -F '\t' 'NR == FNR { arm[$1]; next } FNR > 1 && !($1 in arm)' "$1" "$2" >> "$2.part"
    mv "$2.part" "$2"
}

# Scripts of folder $1, of plan $2, for the pages.
keep_scripts() {
    list_pictures | while IFS="$tab" read -r name picture; do
        [ "${picture%/*}" != "$2" ] || [ ! -e "$1/${picture#*/}.gp" ] || cp "$1/${picture#*/}.gp" "plots/pictures/$name.gp"
    done
}

draw() { spx-collapse "datasets/plans/$1.json" -q -o "$2" --draw > /dev/null; }

# Figures and tables of what was run and of what earlier sessions ran, in a folder of links.
draw_all() {
    all=$(mktemp -d)
    for file in "$from"/*.h5 "$from"/maps "$from"/sweeps; do [ ! -e "$file" ] || ln -s "$file" "$all"; done
    earlier=$("$python" plots/earlier.py runs "$to" "$all")
    if [ "$earlier" -gt 0 ]; then
        draw "$plan" "$all"
        "$python" plots/earlier.py tables "$to" "$all"
        keep_tables "$from" "$to" "$rows"
        for figure in $rows; do rm -f "$all/$figure"*; done
        keep_scripts "$from" "$plan"
        from=$all
    fi
}

if [ -n "${results:-}" ]; then
    [ $# -gt 0 ] || for plan in datasets/plans/*.json; do
        name=$(basename "$plan" .json)
        [ ! -d "$results/$name" ] || set -- "$@" "$name"
    done
    for plan; do
        from=$results/$plan to=plots/results/$plan all=
        [ -d "$from" ] || { echo "make.sh: folder $from does not exist" >&2; exit 3; }
        mkdir -p "$to"
        rm -f "$from"/*.tsv
        [ -z "$(find "$from/" -maxdepth 1 -name '*.h5')" ] || draw "$plan" "$from" # a folder of sweeps has no runs
        [ ! -e "$to/arms.tsv" ] || draw_all
        keep_tables "$from" "$to"
        keep_scripts "$from" "$plan"
        cp "$from/summary.md" "$to"
        [ -z "$all" ] || rm -r "$all"
        echo "$plan: $(du -sk "$to" | cut -f 1) KiB of tables"
    done
fi
for script in plots/pictures/*.gp; do
    gnuplot -e "output = '${script%.gp}.png'" "$script" 2> /dev/null || { echo "make.sh: $script: gnuplot failed" >&2; exit 3; }
done
if "$python" -c 'import scipy' 2> /dev/null; then
    "$python" plots/claims.py
else
    echo "make.sh: Python has no SciPy (python3-scipy): the tables of plots/results/claims stay as they are" >&2
fi
