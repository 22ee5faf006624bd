# A plan is checked before anything runs: all that is wrong at once, a line each, with what was meant. --check says what a plan
# without faults will take, --template prints one.
short() { sed -e 's|[^ ]*/datasets/|datasets/|g' -e 's/ (expected one of:.*//' -e 's/^spx-collapse: //'; }
spx-collapse --template > template.json; echo $?
sed 's|SmolLM2[^"]*|data/tiny.gguf|; s|"layers": "8"|"layers": "1"|' template.json > plan.json
spx-collapse plan.json --check > table 2> err; echo $?; cut -f 1-6 table; awk -F '\t' 'NR > 1 {print ($7 > 0 && $7 < 60), $8}' table
sed 's/about [0-9]* s/about N s/' err
ls # nothing was run
spx-collapse plan.json --arm memit -q -o out; echo $?
spx-collapse plan.json --check -q -o out | cut -f 1-6
spx-collapse plan.json --arm memitt -o out 2>&1 | short
sed 's/"text_tokens": 4096/"text_tokens": 4096, "seed": 3/; s/"round": 4/"round": 3/' plan.json > changed.json
spx-collapse changed.json -o out 2>&1 | short; ls out
cat > bad.json << 'P'
{
 "// comments are": "no fields", "//": [1, 2],
 "roudns": 3, "round": 100, "rounds": 30, "products": "splitt", "cpu_time": 3,
 "model": "data/tiny.gguf", "facts": "counterfact-2000.json", "text": "nosuch.txt", "layers": "3-4", "prefixes": "prefixes.txt",
 "evaluate": {"perplexity": "wikitext-2-tset.txt", "tokns": 100, "window": 1, "alt": "yes", "tasks": {"mmluu": "x"}},
 "arms": [
  {"name": "editor", "editor": "mmeit", "contexts": 0},
  {"name": "filter", "filter": "rivive", "contexts": 0},
  {"name": "key", "tua": 0.2, "contexts": 0},
  {"name": "domain", "filter": "revive", "tau": [0.1, 20], "basis": "curent"},
  {"name": "unread", "lambda_n": 3, "layers": 3},
  {"name": "layers", "layers": "3-2"},
  {"name": "file", "preset": "nosuch.json", "steps": "3", "first": []},
  {"name": "not-its", "filter": "norm-cap", "keep": 0.5},
  {"name": "feedback", "editor": "alphaedit", "feedback": 1, "layers": "1"},
  {"name": "one-layer", "editor": "rome"},
  {"name": "editor", "layers": "3"},
  {"editor": "rome"},
  {"name": "a/b", "layers": 3},
  "what"
 ]
}
P
spx-collapse bad.json -o never 2>&1 | short; spx-collapse bad.json -q -o never 2> err; echo $?; wc -l < err; ls -d never
spx-collapse bad.json --check 2> err; echo $?
# Files that are there and do not hold what is asked for.
sed '/"roudns"/s/.*/ "round": 100, "rounds": 30, "text_tokens": 999999999,/; s/nosuch.txt/wikitext-2-valid.txt/; s/tset/test/; s/"tokns": 100, "window": 1, "alt": "yes", "tasks": .*}/"window": 99999, "lambada": "wikitext-2-test.txt"}/
/"arms"/,$d' bad.json > large.json
echo '"arms": [{"name": "a", "first": [0, 1990]}, {"name": "b", "contexts": 99, "layers": "1-2"}, {"name": "c", "preset": "preset.json"}]}' >> large.json
echo '{"lambda": 1}' > preset.json
spx-collapse large.json --check 2>&1 | short; sed 's|data/tiny.gguf|prefixes.txt|' large.json > other.json; spx-collapse other.json --check 2>&1 | short | head -n 2
# Where neither the plan nor its preset says layers, every arm does, and second moments are measured of them all.
echo '{"lambda": 1, "layers": "2-3"}' > own.json
sed '/"layers": "1"/d; /"preset"/d; /"arms"/,$d' plan.json > arms.json
echo '"arms": [{"name": "a", "editor": "memit", "layers": "1"}, {"name": "b", "editor": "memit", "preset": "own.json"}, {"name": "c", "contexts": 0}]}' >> arms.json
spx-collapse arms.json --check 2>&1 | short; sed 's/, {"name": "c".*/]}/' arms.json > both.json; spx-collapse both.json -q -o both > table; echo $?
cut -d '|' -f 2-5 both/summary.md
h5ls both/stats.h5/covariance | cut -d " " -f 1
# Arms that are added on other layers, with another filter: second moments that do not serve the plan any more are measured anew.
sed 's/]}$/, {"name": "d", "editor": "memit", "layers": "0"}]}/' both.json > wider.json
sed 's/]}$/, {"name": "e", "editor": "memit", "layers": "1", "filter": "crisp"}]}/' wider.json > curved.json
sed 's/"text_tokens": [0-9]*/"text_tokens": 1024/' both.json > fewer.json
for plan in wider curved fewer fewer; do
    spx-collapse $plan.json --check -o both 2>&1 | grep -c 'second moments of keys take'
    spx-collapse $plan.json -o both 2>&1 > table | grep stats.h5; h5ls both/stats.h5/covariance | cut -d " " -f 1 | paste -s; cut -f 1 table | sort -u | paste -s
done
# Interrupted, it says how to go on.
sed 's/"rounds": 4/"rounds": 1900/; s/"round": 4/"round": 1/; s/"every": 2/"every": 4000/' plan.json > long.json; rm -r out
: > log
spx-collapse long.json --arm memit -o out > log 2>&1 &
while [ "$(grep -c '^round' log)" -lt 2 ]; do sleep 0.05; done
kill -INT $!; wait $!; echo $?; sed -n 's/holds [0-9]* of/holds N of/; /^spx/p' log
