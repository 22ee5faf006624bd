# Answers in free text, next tokens beside the unedited model's, and the rewrites of a case as items: what is measured, paired and refused.
eval="spx-eval data/tiny.gguf --facts data/eval/counterfact.jsonl"
$eval --answers | grep match | cut -f 1,2,6
$eval --drift 14 --unedited data/tiny.gguf --task drift=data/eval/lines.txt --items a.tsv | grep -E 'kl|overlap' | cut -f 1,2,3,6
$eval --drift 14 --unedited data/tiny.gguf --task drift=data/eval/lines.txt -o run.h5 --stage base | grep -E 'kl|overlap' | cut -f 1,2,3,6
grep drift_kl a.tsv
spx-eval a.tsv --paired a.tsv | grep -E '_kl|overlap' | cut -f 1,2,10,11
spx-eval --explain neighborhood_kl
spx-eval --explain rewrite_match_qa | grep definition
$eval --drift 14; echo "$?"
spx-eval data/tiny.gguf --task drift=data/eval/lines.txt; echo "$?"
spx-eval data/tiny.gguf --task drift=data/eval/lines.txt --answers; echo "$?"
spx-eval data/tiny.gguf --facts data/eval/answers.jsonl --drift 2 --unedited data/tiny.gguf; echo "$?"
: > empty.txt
spx-eval data/tiny.gguf --unedited data/tiny.gguf --task drift=empty.txt; echo "$?"
# MQuAKE: a case of two rewrites is two items, with questions of one and of two steps
cat > mquake.json <<'END'
[{"case_id": 4, "requested_rewrite": [
  {"prompt": "{} lives in", "target_new": {"str": "Rome"}, "target_true": {"str": "Paris"}, "subject": "Lily", "question": "Where does Lily live?"},
  {"prompt": "The mother of {} is", "target_new": {"str": "Sue"}, "target_true": {"str": "Ann"}, "subject": "Tim", "question": "Who is Tim's mother?"}],
  "questions": ["Where is the mother of the friend of Tim?"], "new_answer": "Rome",
  "new_single_hops": [{"question": "Who is Tim's mother?", "cloze": "The mother of Tim is", "answer": "Sue"},
                      {"question": "Where does Lily live?", "cloze": "Lily lives in", "answer": "Rome"}]}]
END
spx-eval data/tiny.gguf --facts mquake.json --items m.tsv | cut -f 1,6
cut -f 1,3 m.tsv | grep -E 'rewrite_acc|hop'
spx-eval m.tsv --paired m.tsv | cut -f 1,10,11 | grep -E 'rewrite|hop'
