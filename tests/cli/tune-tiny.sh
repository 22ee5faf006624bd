# Where facts pass in a tiny model, and settings found for it: killed and continued they are the same. A model that knows
# none of the facts gets that answer and no preset.
sed -n '2,260p' datasets/counterfact-2000.json | sed 's/,$//' > others.jsonl
cat data/tiny-known.jsonl others.jsonl > facts.jsonl
yes '{"text": "The cat sat on the mat."}' | head -n 160 > short.jsonl
echo '{"contexts": 0, "steps": 4, "lambda": 1e5}' > start.json
set -- data/tiny.gguf --facts facts.jsonl --preset start.json --scan 20 --tokens 2048 --trace-facts 8 --window 3 --lambada short.jsonl -q
spx-tune "$@" --evidence trace.h5 > table; echo "traced: $?"
cut -f 1 table | tr '\n' ' '; echo
spx-plot trace trace.h5 -o trace.svg && head -n 2 trace.tsv | cut -f 1-3 && wc -l < trace.tsv
spx-plot trace trace.h5 --metric attention_first_order -o order.svg && head -n 1 order.tsv
spx-plot tuning trace.h5 -o none.svg; echo "no trials: $?"
spx-plot trace trace.h5 --metric mlp -o none.svg; echo "no such kind: $?"

spx-tune "$@" --trials 2 -o whole.json --evidence whole.h5 > whole.tsv; echo "tuned: $?"
cut -d : -f 1 whole.json
# The start hardly changes the model: on the text of every rung its perplexity is near the unedited model's.
h5dump -d /tune/trials whole.h5 | sed -n 's/ *([0-9]*,0): 0, //p' | tr -d , | awk '!($4 / $5 > 0.85 && $4 / $5 < 1.15) {print "rung", $1, $4 / $5}'
spx-plot tuning whole.h5 -o tuning.svg && cut -f 1,3 tuning.tsv | sort
for kill in 0.4 0.8; do
    spx-tune "$@" --trials 2 -o killed.json > log 2> err & pid=$!
    sleep $kill
    kill -KILL "$pid" 2> err
    wait "$pid" 2> err
done
spx-tune "$@" --trials 2 -o killed.json > killed.tsv; echo "continued: $?"
cmp whole.json killed.json && cmp whole.tsv killed.tsv && ls killed.json*
spx-edit data/tiny.gguf --facts facts.jsonl --preset whole.json --prefixes datasets/prefixes.txt --stats whole.json.moments.h5 \
    --round 2 --rounds 1 -q -o edited.h5; echo "edited: $?"
spx-tune "$@" --trials 1 --filter revive --seed 3 -o filter.json > table; echo "with a filter: $?"
grep -o -e 'for memit it [a-z ]*worth it' -e '"filter": ".*"' filter.json | sed 's/it .*worth/it ... worth/'

# a start that takes long is compared at the end alone
echo '{"contexts": 0, "steps": 5000}' > slow.json
spx-tune "$@" --preset slow.json --budget 0.1 -o slow-start.json --evidence slow-start.h5 > table; echo "slow start: $?"
h5dump -d /tune/trials slow-start.h5 | grep -c ': 0, [12],'

spx-tune data/tiny.gguf --facts others.jsonl --scan 30 -o no.json 2> err; code=$?; sed 1q err; tail -n 1 err; echo "nothing known: $code"
spx-tune data/tiny.gguf --facts facts.jsonl --trace-facts 3 --window 3 --evidence three.h5 2> err > table; code=$?; tail -n 1 err; echo "three facts: $code"
spx-tune "$@" --trace-facts 3 -o no.json; echo "too few to search: $?"
spx-tune "$@" --trials 2 --moments data/tiny.gguf -o no.json; echo "no moments: $?"
spx-tune "$@" --evidence trace.h5; echo "exists: $?"
spx-tune "$@" --trials 3 -o no.json; echo "other work: $?"
head -n 100 facts.jsonl > few.jsonl
spx-tune "$@" --trials 2 --facts few.jsonl -o few.json; echo "too few: $?"
spx-tune data/tiny.gguf -o no.json; echo "$?"
spx-tune "$@"; echo "$?"
ls no.json none.svg
