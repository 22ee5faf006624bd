# Arms on the same facts are paired by McNemar's test: p, items lost and gained are those of spx-eval --paired, in the summary,
# the page and beside the figure, where those that differ are ringed.
cat > plan.json << 'P'
{"model": "data/tiny.gguf", "facts": "datasets/counterfact-2000.json", "text": "datasets/wikitext-2-test.txt", "text_tokens": 1024,
 "layers": "1-3", "prefixes": "datasets/prefixes.txt", "round": 64, "rounds": 1, "preset": "preset.json",
 "evaluate": {"perplexity": "datasets/wikitext-2-test.txt", "tokens": 256, "window": 128},
 "arms": [{"name": "memit"}, {"name": "idle", "steps": 1, "lambda": 1e6}, {"name": "revive", "filter": "revive", "tau": 0.3}]}
P
echo '{"lambda": 1, "contexts": 0, "steps": 10}' > preset.json
spx-collapse plan.json -q -o results > table; echo $?
sed -n '/^Beside/,$p' results/summary.md; sed -n 's|.*<h2>\(Beside.*\)</h2>|\1|p' results/report.html
for arm in memit idle; do
    spx-eval "results/$arm.h5#last" --model data/tiny.gguf --facts datasets/counterfact-2000.json --count 64 --items $arm.tsv > "$arm"
done
spx-eval --paired memit.tsv idle.tsv | cut -f 1,3,9-11 | sed -n '1p;/^rewrite_success/p;/^neighborhood_success/p'
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    { print $1, $at["rewrite_success_pairs"], $at["rewrite_success_lost"], $at["rewrite_success_gained"], $at["rewrite_success_p"] }' table
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next } { print $1, $at["rewrite_success_pairs"], $at["rewrite_success_p"] }' results/bars.tsv
spx-plot bars memit=results/memit.h5 idle=results/idle.h5 -o bars.gp && grep -e '^paired_with' -e '^paired_level' -e '^paired1 ' bars.gp
