# A plan of two arms, its figures and its table; again, nothing is left to do.
cat > plan.json << 'P'
{"model": "data/tiny.gguf", "facts": "datasets/counterfact-2000.json", "text": "datasets/wikitext-2-test.txt", "text_tokens": 4096,
 "layers": "1-3", "prefixes": "datasets/prefixes.txt", "round": 3, "rounds": 2, "preset": "preset.json",
 "evaluate": {"perplexity": "datasets/wikitext-2-test.txt", "tokens": 512, "window": 128, "facts": 4},
 "arms": [{"name": "memit"}, {"name": "memit+revive", "filter": "revive", "basis": "current", "tau": 0.2},
          {"name": "encore", "editor": "encore", "lambda_n": 0.001, "layers": "1-3", "steps": 2},
          {"name": "rome", "editor": "rome", "layers": "2"}]}
P
echo '{"lambda": 10, "contexts": 1, "steps": 4}' > preset.json
spx-collapse plan.json -o results > table 2> err; echo $?
grep -o -e '--editor encore .*' err
cut -f 1,2 table; head -n 1 table
ls results
cut -d "|" -f 1-5 results/summary.md; grep -c "<figure>" results/report.html; grep -o "<h1>.*" results/report.html
spx-collapse plan.json -o results > again 2> err; echo $?; grep -c spx-edit err
cmp table again && echo same
spx-plot collapse results/memit.h5 | grep -c 'edited facts'
cat > lists.json << 'P'
{"model": "data/tiny.gguf", "facts": "datasets/counterfact-2000.json", "text": "datasets/wikitext-2-test.txt", "text_tokens": 2048,
 "layers": "1-2", "round": 2, "rounds": 1, "preset": "preset.json",
 "arms": [{"name": "m", "contexts": 0, "first": [0, 10]}, {"name": "r", "contexts": 0, "filter": "revive", "tau": [0.1, 0.3], "first": [0, 10]}]}
P
for i in 1 2; do spx-collapse lists.json -q -o lists --shard $i/2; ls lists; done
spx-collapse lists.json -q -o lists | cut -f 1-5
spx-collapse lists.json -o lists --shard 3/2; echo $?
echo '{"model": "data/tiny.gguf", "arms": [{"name": "a"}, {"name": "a", "tau": 0.1}]}' > bad.json
spx-collapse bad.json -q -o results; echo $?
echo '{"model": "data/tiny.gguf", "arms": [{"name": "a/b"}]}' > bad.json
spx-collapse bad.json -q -o results; echo $?
sed 's/"lambda_n"/"lambda_x"/' plan.json > unknown.json
spx-collapse unknown.json --arm encore -q -o other; echo $?
