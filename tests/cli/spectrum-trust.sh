# Noise edges, the permutation null, rival laws and what metrics mean; weights that look initialised are named.
round() { awk -F '\t' -v m="$1" '$6 ~ m { printf "%s %s %.4g\n", $2, $6, $7 }'; }
spx-spectrum golden/trust.safetensors -t powerlaw -t noise | round '^(mp_ks|tw_|truncated_|exponential_|lognormal_|tail_law)'
spx-spectrum golden/trust.safetensors -t powerlaw -t noise --null --seed 5 2> /dev/null | round '^shuffled_'
spx-spectrum golden/trust.safetensors -t spiked --null --json 2> /dev/null | grep -c shuffled
spx-spectrum golden/trust.safetensors -t spiked --null -o run.h5 && h5dump -n run.h5 | grep -o 'spiked/shuffled_.*'
spx-spectrum golden/trust.safetensors -t powerlaw -t noise > /dev/null; echo "fresh: $?"
spx-spectrum golden/trust.safetensors -t noise -q > /dev/null; echo "quiet: $?"
spx-spectrum --explain stable_rank
spx-spectrum --explain shuffled_ks
spx-spectrum --explain list | awk 'END { print NR }'
spx-compare --explain lss_g
spx-compare --explain share_change
spx-compare --explain list | awk 'END { print NR }'
spx-eval --explain perplexity
spx-eval --explain list | cut -f 1 | tr '\n' ' '
spx-spectrum --explain alpa; echo "unknown: $?"
spx-spectrum golden/trust.safetensors --null --values; echo "values: $?"
spx-info --explain alpha; echo "no option: $?"
