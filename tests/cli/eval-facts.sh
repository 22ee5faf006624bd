# CounterFact's own schema, EasyEdit's and bad records: what is measured, what is named, what is counted.
cat > counterfact.jsonl <<'END'
{"case_id": 5, "requested_rewrite": {"prompt": "{} was born in", "subject": "Lily", "target_new": {"str": "Rome"}, "target_true": {"str": "Paris"}}, "paraphrase_prompts": ["It was late. Lily, native of", "Tim ran. Lily comes from"], "neighborhood_prompts": ["Ben was born in", "Tom comes from", "Sue was born in"], "generation_prompts": ["Lily lived in"]}
{"case_id": 6, "requested_rewrite": {"prompt": "{} was born in", "subject": "Mia", "target_new": {"str": "Oslo"}, "target_true": {"str": "Bern"}}, "paraphrase_prompts": ["Once more. Mia, native of"], "neighborhood_prompts": ["Ann was born in"], "generation_prompts": []}
END
spx-eval data/tiny.gguf --facts counterfact.jsonl --items items.tsv | cut -f 1,2,6
cut -f 1,2,3 items.tsv
spx-eval data/tiny.gguf --facts datasets/counterfact-2000.json --count 20 --neighbors 3 | cut -f 1,6
{ head -n 1 counterfact.jsonl; echo '{"case_id": 9, "requested_rewrite": {}}'; echo '{"case'; } > bad.jsonl
spx-eval data/tiny.gguf --facts bad.jsonl; echo "$?"
spx-eval data/tiny.gguf --facts bad.jsonl --skip-bad | grep -E 'skipped|rewrite_success' | cut -f 1,3,6
spx-eval data/tiny.gguf --facts bad.jsonl --skip-bad --json | grep skipped
spx-eval data/tiny.gguf --task list
spx-eval data/tiny.gguf --task lambada=datasets/lambada-500.jsonl --limit 3 | cut -f 1,2,6
spx-eval data/tiny.gguf --task lambada; echo "$?"
spx-eval data/tiny.gguf --lambada datasets/lambada-500.jsonl --lambada-items 2 --items missing/items.tsv > out; echo "$?"
