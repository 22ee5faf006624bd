#!/bin/sh
# make.sh RESULTS [PLAN ...]: draws what is committed of plans that were run, each by `spx-collapse
# datasets/plans/PLAN.json -o RESULTS/PLAN` [every plan that has a folder in RESULTS]. Figures and tables are drawn anew
# from the run files; their numbers go to plots/results/PLAN, the pictures that the project's pages show to
# plots/pictures. The tools are found in SPX_TOOLS or on PATH.
set -eu
[ $# -ge 1 ] || { sed -n '2,6s/^# //p' "$0" >&2; exit 2; }
results=$(cd "$1" && pwd)
shift
cd "$(dirname "$0")/.."
PATH=${SPX_TOOLS:+$SPX_TOOLS:}$PATH
tab=$(printf '\t')
most=262144 # bytes of a table that is committed: larger ones, of every singular value, stay with the run files
[ $# -gt 0 ] || for plan in datasets/plans/*.json; do
    name=$(basename "$plan" .json)
    [ ! -d "$results/$name" ] || set -- "$@" "$name"
done

for plan; do
    from=$results/$plan to=plots/results/$plan
    [ -d "$from" ] || { echo "make.sh: folder $from does not exist" >&2; exit 3; }
    rm -f "$from"/*.tsv
    spx-collapse "datasets/plans/$plan.json" -q -o "$from" --draw > /dev/null
    rm -rf "$to" && mkdir -p "$to"
    for table in "$from"/*.tsv; do
        [ "$(wc -c < "$table")" -gt $most ] || cp "$table" "$to"
    done
    cp "$from/summary.md" "$to"
    echo "$plan: $(du -sk "$to" | cut -f 1) KiB of tables"
    # The table of figures says which drawing of a figure is its picture: PLAN/FILE; "-" for none.
    spx-plot list | while IFS="$tab" read -r name _ picture _; do
        [ "${picture%/*}" != "$plan" ] || [ ! -e "$results/$picture.png" ] || cp "$results/$picture.png" "plots/pictures/$name.png"
    done
done
