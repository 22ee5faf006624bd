# A plan with an arm under crisp has its statistics measured with gradients, also where crisp is one of a list.
cat > plan.json << P
{"model": "data/tiny.gguf", "facts": "datasets/counterfact-2000.json", "text": "datasets/wikitext-2-test.txt", "text_tokens": 1024,
 "layers": "1-2", "round": 2, "rounds": 1, "evaluate": {"facts": 1},
 "arms": [{"name": "memit", "editor": "memit", "contexts": 0, "steps": 3, "lambda": 1, "filter": ["none", "crisp"]}]}
P
spx-collapse plan.json -o results -q > table; echo $?
ls results/*.h5
