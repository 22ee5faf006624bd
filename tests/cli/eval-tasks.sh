# zsRE with the unedited row, tasks by name, free text, two files of items compared.
spx-eval data/tiny.gguf --facts data/eval/zsre.json --unedited data/tiny.gguf | cut -f 1,2,6,7
spx-eval data/tiny.gguf --facts data/eval/zsre.json --alt --count 2 --json | cut -d, -f 3-4
spx-eval data/tiny.gguf --task mmlu=data/eval/mmlu --task rte=data/eval/rte.jsonl --shots 1 --limit 3 --items a.tsv | cut -f 1,2,6
spx-eval data/tiny.gguf --task mmlu=data/eval/mmlu --task rte=data/eval/rte.jsonl --limit 3 --items b.tsv > out
spx-eval --paired a.tsv b.tsv | cut -f 1,2,11-13
spx-eval --paired a.tsv a.tsv | cut -f 1,5-10
spx-eval --paired a.tsv missing.tsv; echo "$?"
spx-eval data/tiny.gguf --facts data/eval/counterfact.jsonl --count 2 --generate | grep -E 'ngram|repet' | cut -f 1,6
spx-eval data/tiny.gguf --task nothing=data/eval/rte.jsonl; echo "$?"
