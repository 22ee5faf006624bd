# A plan of arms, one of them repeated on other facts, its figures and its tables; again, nothing is left to do. zsRE has its own metrics.
cat > plan.json << 'P'
{"model": "data/tiny.gguf", "facts": "datasets/counterfact-2000.json", "text": "datasets/wikitext-2-test.txt", "text_tokens": 4096,
 "layers": "1-3", "prefixes": "datasets/prefixes.txt", "round": 3, "rounds": 2, "preset": "preset.json",
 "evaluate": {"perplexity": "datasets/wikitext-2-test.txt", "tokens": 512, "window": 128, "facts": 4},
 "arms": [{"name": "memit", "first": [0, 3]}, {"name": "memit+revive", "filter": "revive", "basis": "current", "tau": 0.2},
          {"name": "encore", "editor": "encore", "lambda_n": 0.001, "layers": "1-3", "steps": 2},
          {"name": "rome", "editor": "rome", "layers": "2"}]}
P
echo '{"lambda": 10, "contexts": 1, "steps": 4}' > preset.json
spx-collapse plan.json -o results > table 2> err; echo $?
grep -o -e '--editor encore .*' -e '--tau [0-9.]* --maps' results/commands.log; tail -n 1 err; grep -o 'class="banner [a-z]*">[A-Za-z ,]*' results/report.html
cut -f 1,2 table; head -n 1 table
ls results
head -n 3 results/alarms.tsv; grep -c 'alarm by' results/report.html
# Every stage in tables that outlast the run files; a script beside each figure draws it without them.
cut -f 1-3,5-11 results/arms.tsv | sed -n '1p;/perplexity$/p'; cut -f 1-5 results/stages.tsv; sed -n '1p;/rewrite_acc/p' results/items.tsv
awk -F '\t' 'FNR == 1 { for (i = 1; i <= NF; i++) if ($i == "svs") c = i } FNR > 1 && $1 ~ /^rome/ { printf "%.5g ", $c }' results/stages.tsv results/subspace.tsv; echo
cp results/subspace.gp . && gnuplot subspace.gp 2> why && ls subspace.*; rm subspace.*
cut -d "|" -f 1-5 results/summary.md; grep -c "<figure>" results/report.html; grep -o "<h1>.*" results/report.html
mv results/commands.log before.log; spx-collapse plan.json -o results > again 2> err; echo $?; grep -c spx-edit results/commands.log
cmp table again && echo same
# The two runs of memit are one line, their mean, of perplexity the geometric one: of the run files themselves in turn.
cut -f 1,2 results/collapse.tsv
for arm in memit-0 memit-3; do spx-plot collapse results/$arm.h5 -o one.svg && tail -n 1 one.tsv; done |
    awk -F '\t' '{ v = log($(NF - 2)); s += v; t += v * v } END { m = s / 2; h = 12.7062 * sqrt((t - s * s / 2) / 2); print exp(m), exp(m - h), exp(m + h) }' > mean
awk -F '\t' '$1 == "memit, 2 runs" && $2 == 6 { print $15, $16, $17 }' results/collapse.tsv |
    paste - mean | awk '{ for (i = 1; i <= 3; i++) print ($i - $(i + 3))^2 < 1e-8 * $i^2 }'
spx-plot collapse results/memit-0.h5 | grep -c 'edited facts'
spx-collapse plan.json -q -o half --shard 2/3; ls half
# Two shards begun at once: one measures the second moments, the other waits for it.
spx-collapse plan.json -q -o both --shard 1/2 & spx-collapse plan.json -q -o both --shard 2/2; echo $?; wait $!; echo $?
grep -c spx-stats both/commands.log; ls both
spx-collapse plan.json -q -o half --draw > table; echo $?; cut -f 1 table; find half -name '*.svg' | wc -l
sh "$(dirname "$(readlink -f datasets)")/tools/sweep.sh" data/tiny.gguf half/sweeps keep count 0.5 "" "--perplexity datasets/wikitext-2-test.txt --tokens 256 --window 128"
spx-collapse plan.json -q -o half --draw > table; echo $?; cut -f 1,2 half/reconstruction.tsv; find half -name 'groups*' | wc -l; grep -c 'spectrum that is kept' half/report.html
spx-collapse plan.json -q -o nothing --draw; echo $?
sed 's/"first": .0, 3./"first": [0, 3, 4], "tau": [0.1, 0.2, 0.3]/' plan.json > many.json
mkdir many; for tau in 0.1 0.2 0.3; do for first in 0 3 4; do cp results/memit-0.h5 many/memit-$first-$tau.h5; done; done; cp results/encore.h5 many
spx-collapse many.json -q -o many --draw > table; echo $?; (cd many && ls angles*.svg bars*.svg norm*.svg)
PATH=/nowhere "$(command -v spx-collapse)" many.json -q -o many --draw > again 2> err; echo $?; sort -u err | cut -d : -f 1,2; cmp table again
spx-collapse plan.json -o half --shard 3/2; echo $?
echo '{"model": "data/tiny.gguf", "arms": [{"name": "a"}, {"name": "a", "tau": 0.1}]}' > bad.json
spx-collapse bad.json -q -o results; echo $?
echo '{"model": "data/tiny.gguf", "cpu_time": 3, "arms": [{"name": "a"}]}' > bad.json
spx-collapse bad.json -q -o results; echo $?
echo '{"model": "data/tiny.gguf", "arms": [{"name": "a/b"}]}' > bad.json
spx-collapse bad.json -q -o results; echo $?
sed 's/"lambda_n"/"lambda_x"/' plan.json > unknown.json
spx-collapse unknown.json --arm encore -q -o other; echo $?
sed 's/"rounds"/"cost": "1 h", "rounds"/' plan.json > unknown.json
spx-collapse unknown.json --arm rome -q -o other; echo $?
sed 's/"rounds"/"cpu_time": "1 s", "rounds"/' plan.json > said.json
spx-collapse said.json -o results --arm rome 2>&1 > table | grep 'CPU time'
cat > zsre.json << 'P'
{"model": "data/tiny.gguf", "facts": "datasets/zsre-400.json", "text": "datasets/wikitext-2-test.txt", "text_tokens": 1024, "layers": "1-3",
 "round": 2, "rounds": 1, "arms": [{"name": "memit", "lambda": 10, "steps": 2, "contexts": 0}]}
P
spx-collapse zsre.json -q -o zsre > table; echo $?; head -n 2 zsre/summary.md; head -n 1 zsre/collapse.tsv
# What a plan says of evaluation: families and their files beside the plan, zsRE's alt, bad records left out and counted.
mkdir tasks && { sed -n 1p data/eval/nq_open.jsonl; echo '{"id": 77}'; sed -n 2p data/eval/nq_open.jsonl; } > tasks/open.jsonl && cp data/eval/rte.jsonl tasks
cat > tasks/plan.json << 'P'
{"model": "../data/tiny.gguf", "facts": "../datasets/zsre-400.json", "text": "../datasets/wikitext-2-test.txt", "text_tokens": 1024,
 "layers": "2", "round": 2, "rounds": 1, "evaluate": {"tasks": {"nq_open": "open.jsonl", "rte": "rte.jsonl"}, "limit": 2, "alt": true, "skip_bad": true},
 "arms": [{"name": "ridge", "editor": "ridge", "lambda": 10, "steps": 2, "contexts": 0}]}
P
spx-collapse tasks/plan.json -o kinds > table 2> err; echo $?; grep -o -e '--task nq_open.*' kinds/commands.log | sed 's|[^ =]*/tasks/|tasks/|g'
h5dump -a /skipped kinds/ridge.h5 | grep '(0)'
h5dump -n kinds/ridge.h5 | sed -n 's|.*/evaluation/\([a-z_]*\)$|\1|p' | grep -v -e _lo -e _hi -e _items
for bad in '"tasks": ["rte"]' '"tasks": {"what": "rte.jsonl"}' '"tasks": {"rte": 3}' '"alt": 2' '"skip_bad": "yes"'; do
    sed "s/\"evaluate\": {.*}/\"evaluate\": {$bad}/" tasks/plan.json > tasks/bad.json
    spx-collapse tasks/bad.json -q -o bad 2>&1 | sed 's|[^ ]*/tasks/|tasks/|g' | head -n 1
done
# Facts without neighbours: what cannot be drawn is left out.
mkdir alone && head -n 7 datasets/counterfact-2000.json | sed 's/, "locality_prompt": "[^"]*"//; $s/,$/\n]/' > alone/facts.json
sed 's|datasets/counterfact-2000.json|facts.json|; s/"arms": .*/"arms": [{"name": "memit"}]}/; /encore/d; /rome/d' plan.json > alone/plan.json
(cd alone && ln -s ../data ../datasets ../preset.json . && spx-collapse plan.json -q -o results > table; echo $?; find results -name 'frontier*' -o -name bars.svg)
