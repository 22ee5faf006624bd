# Bad input: one line that names the file, status 3, and no output left behind.
try() { "$@" > out 2> err; code=$?; echo "$code: $(cat err)"; [ "$(wc -l < err)" = 1 ] || echo "not one line"; test -s out && cat out; for f in no.*; do [ -e "$f" ] && echo "left $f"; done; }
facts=datasets/counterfact-2000.json
head -c 100000 data/tiny.gguf > short.gguf
printf 'not a checkpoint' > text.gguf
head -c 1000 data/state.pt > short.pt
mkdir folder
spx-snapshot data/tiny.gguf -o measured.h5 --stage base
sed 's/llama/gptxx/g' data/tiny.gguf > other.gguf
printf '[{"prompt": "A is", "subject": "A", "target_new": "", "ground_truth": "b"}]' > empty.json
printf '[{"prompt": "A is", "subject": "C", "target_new": "d", "ground_truth": "b"}]' > subject.json
printf '[{"prompt": "A is", "subject": "A", "target_new": "d", "ground_truth": "b"}, {"prompt": 1}]' > type.json
printf '{"a"' > broken.json
printf 'too short' > short.txt
try spx-info missing.gguf
try spx-info short.gguf
try spx-info text.gguf
try spx-info short.pt
try spx-info folder
try spx-info measured.h5
try spx-info measured.h5#none
try spx-export missing.h5#last --model data/tiny.gguf -o no.gguf
try spx-export measured.h5#none --model data/tiny.gguf -o no.gguf
try spx-export data/tiny.gguf --model folder -o no.gguf
try spx-export data/gpt2.gguf --model data/tiny.gguf -o no.gguf
try spx-export data/tiny.gguf --model data/tiny.gguf -o data/tiny.gguf
try spx-spectrum data/tiny.gguf -t nothing
try spx-compare data/tiny.gguf missing.h5
try spx-snapshot missing.gguf -o no.h5 --stage a
try spx-eval other.gguf --facts $facts
try spx-eval data/tiny.gguf --facts empty.json
try spx-eval data/tiny.gguf --facts subject.json
try spx-eval data/tiny.gguf --facts type.json
try spx-eval data/tiny.gguf --facts broken.json
try spx-eval data/tiny.gguf --facts $facts --first 1999 --count 2
try spx-eval data/tiny.gguf --perplexity short.txt
try spx-eval data/tiny.gguf --lambada short.txt
try spx-stats data/tiny.gguf --text short.txt -o no.h5
try spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --layers 9 -o no.h5
try spx-edit data/tiny.gguf --facts $facts --stats missing.h5 --layers 1-3 --contexts 0 -o no.h5
try spx-edit data/tiny.gguf --facts subject.json --stats missing.h5 --layers 1-3 --round 1 --rounds 1 -o no.h5
try spx-edit data/tiny.gguf --facts $facts --stats missing.h5 --layers 3-4 -o no.h5
try spx-edit data/tiny.gguf --facts $facts --stats missing.h5 --layers 1-3 --filter what -o no.h5
try spx-plot collapse missing.h5 -o no.pdf
try spx-collapse broken.json -o results
