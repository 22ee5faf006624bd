#!/bin/sh
# evaluation.sh [PLAN [ARM [THREADS]]]: what share of the rounds of a plan's arm goes into evaluating it: seconds of each part, all
# rounds together, without the base. The default experiment's is to stay under 20 %.
set -eu
cd "$(dirname "$0")/../.."
plan=${1:-datasets/plans/quick.json} arm=${2:-memit} threads=${3:-2}
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
build/release/tools/spx-collapse "$plan" --arm "$arm" -q -j "$threads" -o "$dir" > /dev/null
for part in targets keys solves filter spectra evaluation; do
    h5dump -d "/timing/seconds_$part" -y -A 0 "$dir/$arm.h5" | sed -n '/DATA {/,/}/p' | tr -d ' \n' |
        sed "s/DATA{//; s/}.*//; s/^/$part,/"
    echo
done | awk -F, 'BEGIN { print "part\tseconds\tpercent" }
    { name[NR] = $1; for (i = 3; i <= NF; i++) s[NR] += $i; sum += s[NR] }
    END { for (i = 1; i <= NR; i++) printf "%s\t%.2f\t%.1f\n", name[i], s[i], 100 * s[i] / sum }'
