#!/bin/sh
# shares.sh [FACTS [THREADS [EDITOR]]]: where one round's time goes, targets to evaluation, on the fetched model with REVIVE in the
# current basis. The first round is left out: it also fills caches.
set -eu
cd "$(dirname "$0")/../.."
facts=${1:-100} threads=${2:-2} editor=${3:-memit}
bin=build/release/tools
model=$(sh datasets/fetch.sh)
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
$bin/spx-stats "$model" --text datasets/wikitext-2-valid.txt --tokens 16384 --layers 6-10 -j "$threads" -o "$dir/stats.h5" > /dev/null
$bin/spx-edit "$model" --facts datasets/counterfact-2000.json --stats "$dir/stats.h5" --prefixes datasets/prefixes.txt \
    --preset datasets/presets/smollm2-135m.json --editor "$editor" --filter revive --basis current --tau 0.2 \
    --round "$facts" --rounds 2 --eval-facts 50 -j "$threads" -q -o "$dir/run.h5"
printf 'part\tseconds\tpercent\n'
for part in targets keys solves filter spectra evaluation; do
    h5dump -d "/timing/seconds_$part" -y -A 0 -s 2 -c 1 "$dir/run.h5" | sed -n "s/^ *\([0-9.e-]*\)\$/$part \1/p"
done | awk '{ name[NR] = $1; s[NR] = $2; sum += $2 } END { for (i = 1; i <= NR; i++) printf "%s\t%.3f\t%.1f\n", name[i], s[i], 100 * s[i] / sum }'
