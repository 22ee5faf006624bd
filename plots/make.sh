#!/bin/sh
# make.sh RESULTS [PLAN ...]: what is committed of plans that were run, each by `spx-collapse datasets/plans/PLAN.json -o
# RESULTS/PLAN` [every folder of RESULTS that a plan is called after]. Figures and tables are drawn anew from the run
# files; the numbers behind them go to plots/results/PLAN, README's pictures to plots/pictures. PATH or SPX_TOOLS has
# the tools.
set -eu
[ $# -ge 1 ] || { sed -n '2,6s/^# //p' "$0" >&2; exit 2; }
results=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."
PATH=${SPX_TOOLS:+$SPX_TOOLS:}$PATH
most=262144 # bytes of a table that is committed: numbers of every singular value stay with the run files
[ $# -gt 0 ] || for plan in datasets/plans/*.json; do
    name=$(basename "$plan" .json)
    [ ! -d "$results/$name" ] || set -- "$@" "$name"
done

# README's pictures: plan, figure, name.
pictures="collapse-500 collapse collapse
collapse-500 subspace subspace
collapse-500 spectrum spectrum
analysis timeline timeline
analysis warning warning
basis overtaking-memit overtaking
analysis groups groups
tau frontier frontier
main bars bars"

for plan; do
    from=$results/$plan to=plots/results/$plan
    [ -d "$from" ] || { echo "make.sh: no folder $from" >&2; exit 3; }
    rm -f "$from"/*.tsv
    spx-collapse "datasets/plans/$plan.json" -q -o "$from" --draw > /dev/null
    rm -rf "$to" && mkdir -p "$to"
    for table in "$from"/*.tsv; do
        [ "$(wc -c < "$table")" -gt $most ] || cp "$table" "$to"
    done
    cp "$from/summary.md" "$to"
    echo "$plan: $(du -sk "$to" | cut -f 1) KiB of tables"
    printf '%s\n' "$pictures" | while read -r of figure name; do
        [ "$of" != "$plan" ] || [ ! -e "$from/$figure.png" ] || cp "$from/$figure.png" "plots/pictures/$name.png"
    done
done
