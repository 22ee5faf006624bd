# A bad record is named by file, line and id, whatever the family; --skip-bad leaves it out and counts it.
try() { # OPTION FILE RECORDS: one line of it is bad
    spx-eval data/tiny.gguf "$@"; echo "$?"
    spx-eval data/tiny.gguf "$@" --skip-bad | grep skipped | cut -f 1,2,3
}
spoil() { { sed -n 1,2p "$1"; echo "${3:-{\"id\": 77\}}"; sed '1,2d' "$1"; } > "$2"; }
for family in sst2 mrpc cola rte rte_fixed nli mmlu_glue nq_open gsm8k; do
    spoil "data/eval/${family%_fixed}.jsonl" bad.jsonl
    try --task "$family=bad.jsonl" --limit 2 --shots 1
done
sed -n 1,3p datasets/lambada-500.jsonl > few.jsonl
spoil few.jsonl bad.jsonl '{"id": "x", "text": "alone"}'
try --lambada bad.jsonl
printf 'q,a,b,c,d,A\nq,a,b,c,d,E\nq,a,b,c,d,1\n' > bad.csv
try --task mmlu=bad.csv
sed -n 1,3p data/eval/counterfact.jsonl > few.jsonl
spoil few.jsonl bad.jsonl '{"case_id": 77, "requested_rewrite": {"prompt": "no place", "subject": "s"}}'
try --facts bad.jsonl
echo '[{"subject": "Tim", "src": "Tim?", "answers": ["a"], "loc": "b", "loc_ans": "c"}, {"case_id": 77, "subject": "Tim", "src": "Who?", "answers": ["a"], "loc": "b", "loc_ans": "c"}]' > bad.json
try --facts bad.json
# spx-edit: the same options, the same count in the run file.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 1024 --window 256 --layers 1-3 -o stats.h5 > table
edit() { spx-edit data/tiny.gguf --stats stats.h5 --layers 1-3 --lambda 10 --contexts 0 --steps 2 -q -o run.h5 "$@"; echo "$?"; }
edit --facts bad.jsonl --round 1 --rounds 3
spoil data/eval/nq_open.jsonl open.jsonl
edit --facts bad.jsonl --round 1 --rounds 3 --task nq_open=open.jsonl --skip-bad --task mmlu=data/eval/mmlu --tasks-every 2
show() { h5dump -d "/evaluation/$1" -y -A 0 run.h5 | sed -n '/DATA {/,/}/p' | tr -d ' \n' | sed 's/[0-9.]\{3,\}/N/g'; echo; }
h5dump -a /skipped run.h5 | grep '(0)'
show mmlu; show rewrite_success
edit --facts bad.jsonl --round 1 --rounds 3 --task nq_open=open.jsonl --skip-bad --task mmlu=data/eval/mmlu --resume --limit 2
rm run.h5
edit --facts bad.jsonl --round 1 --task sst2=data/eval/sst2.jsonl --task sst2=data/eval/rte.jsonl --rounds 1 --skip-bad
edit --facts data/eval/zsre.json --alt --round 2 --rounds 1
show zsre_locality
# What is longer than the model's context, 512 tokens: the end of a passage counts, windows of text are refused.
words() { awk -v n="$1" 'BEGIN { for (i = n; i >= 0; i--) printf "%s%s", substr("abcdefghij", i * i % 7 + i % 4 + 1, 1), i ? " " : "" }'; }
for n in 3000 1000 100; do
    echo "{\"text\": \"$(words $n)\"}" > passage.jsonl
    spx-eval data/tiny.gguf --lambada passage.jsonl | cut -f 3 | paste -s
done
echo "{\"text\": \"a $(words 3000 | tr -d ' ')\"}" > passage.jsonl
spx-eval data/tiny.gguf --lambada passage.jsonl; echo "$?"
spx-eval data/tiny.gguf --perplexity datasets/wikitext-2-test.txt --tokens 2048 --window 1024; echo "$?"
echo "{\"question\": \"$(words 3000)\", \"answer\": [\"a\"]}" > question.jsonl
spx-eval data/tiny.gguf --task nq_open=question.jsonl; echo "$?"
for model in tiny.gguf folders/gpt2; do # rotary and learned positions
    spx-stats data/$model --text datasets/wikitext-2-test.txt --tokens 4096 --window 2048 --layers 1 -q -o long.h5; echo "$?"
done
