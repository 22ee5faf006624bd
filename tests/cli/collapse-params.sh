# Any parameter of a filter in a plan's arm: it reaches the run, is kept as an attribute, and is
# compared on resuming.
cat > plan.json << 'P'
{"model": "data/tiny.gguf", "facts": "datasets/counterfact-2000.json", "preset": "preset.json",
 "text": "datasets/wikitext-2-test.txt", "text_tokens": 1024,
 "layers": "1", "round": 2, "rounds": 1, "evaluate": {"facts": 1},
 "arms": [{"name": "cap", "filter": "norm-cap", "cap": [1e-6, 0.2]},
          {"name": "prune", "filter": "prune", "alpha": 1.3},
          {"name": "rect", "filter": "rect", "keep": 0.25},
          {"name": "dg", "filter": "dg-hard", "noise": 1e-6, "apply": "batch"}]}
P
echo '{"lambda": 10, "contexts": 0, "steps": 2}' > preset.json
show() { # RUN ATTRIBUTES...
    run=$1
    shift
    for a in "$@"; do
        value=$(h5dump -a "/$a" "results/$run.h5" | sed -n 's/.*(0): "\(.*\)"/\1/p')
        printf '%s %s %s\n' "$run" "$a" "$value"
    done
}
for arm in cap-1e-06 cap-0.2 prune rect dg; do
    spx-collapse plan.json --arm $arm -o results > table 2> err || cat err
    tail -n 1 results/commands.log | grep -o -e '--filter .*'
done
show cap-1e-06 filter cap alpha && show cap-0.2 cap
show prune alpha apply && show rect keep && show dg noise apply
# The smaller bound binds: what was written is 1e-6 of the weight's norm.
for arm in cap-1e-06 cap-0.2; do
    spx-info results/$arm.h5#base results/$arm.h5#last |
        awk -v a=$arm 'NR == 2 { print a, ($8 < 2e-6 ? "bound" : "free") }'
done
sed 's/0\.25/0.5/; s/"rounds": 1/"rounds": 2/' plan.json > other.json
spx-collapse other.json --arm rect -o results 2>&1 > table | grep resumed
rm results/rect.h5
sed 's/"keep": 0\.25/"keep": 1.25/' plan.json > bad.json
spx-collapse bad.json --arm rect -o results; echo $?
sed 's/"keep"/"kept"/' plan.json > bad.json
spx-collapse bad.json --arm rect -o results 2>&1 | sed 's/ (.*//'
# A filter that protects nothing is mapped by what measures call dominant.
sed '/"norm-cap"/,$d; s/"facts": 1/&, "measure_tau": 0.3/' plan.json > caps.json
echo '"arms": [{"name": "cap", "filter": "spectral-cap", "cap": 0.5}]}' >> caps.json
spx-collapse caps.json -q -o caps > table; echo $?; grep -o -e '--tau [0-9.]* --maps' caps/commands.log
