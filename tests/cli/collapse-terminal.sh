# On a terminal of 80 and of 120 columns: a line a round with the time left, none longer than the terminal, then six columns and
# where the report is. In a pipe the lines are those of spx-edit.
cat > plan.json << 'P'
{"model": "data/tiny.gguf", "facts": "counterfact-2000.json", "text": "wikitext-2-test.txt", "text_tokens": 1024, "layers": "1", "round": 2, "rounds": 3,
 "evaluate": {"perplexity": "wikitext-2-test.txt", "tokens": 256, "window": 128, "facts": 2, "every": 2},
 "arms": [{"name": "ridge", "editor": "ridge", "lambda": 10, "steps": 2, "contexts": 0}, {"name": "ridge-revive", "filter": "revive", "editor": "ridge", "steps": 2, "contexts": 0}]}
P
timeless() { tr -d '\r' | sed -E '/\/s, +/d; s/ +[0-9.]+ (s|min|h)(,| |$)/        T \1\2/g; s/(about|edits,) +T s/\1 T s/; s/ *[0-9.]+e\+0[67]/ 3e7/g'; }
for columns in 80 120; do
    script -qec "stty cols $columns; spx-collapse plan.json -o out$columns" /dev/null < /dev/null > typescript
    tr -d '\r' < typescript | awk -v most=$columns 'length > most && !/^Within|^Broken|^Worse/ {print "longer than " most ": " $0}'
    timeless < typescript
done
script -qec "stty cols 80; spx-collapse plan.json -o out80 --check" /dev/null < /dev/null | timeless
spx-collapse plan.json -o pipe 2>&1 > table | timeless
