# Editors that remember: the first round is MEMIT's, later ones are not; broken off by SIGKILL and resumed, the key
# history comes back out of the run file and the numbers are those of an unbroken run.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 1024 --window 256 --layers 1-3 -o stats.h5 > table
set -- data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-3 --lambda 10 --contexts 1 \
    --prefixes datasets/prefixes.txt --steps 4 --round 3 --rounds 3 --lambada datasets/lambada-500.jsonl --lambada-items 2 --eval-facts 2 --snapshots 1 --filter revive --tau 0.2 -q
for e in memit memit-seq; do spx-edit "$@" --editor $e -o $e.h5; done
spx-edit "$@" --editor encore --lambda-n 1e-3 -o encore.h5
for s in r1 r2; do spx-info memit.h5#$s memit-seq.h5#$s > changes; echo "memit and memit-seq at $s: $?"; done
spx-info memit.h5#r1 encore.h5#r1 > changes; echo "memit and encore at r1: $?"
for kill in 0.3 0.4; do
    spx-edit "$@" --editor memit-seq -o killed.h5 --resume > log 2> err & pid=$!
    sleep $kill
    kill -KILL "$pid" 2> err
    wait "$pid" 2> err
done
spx-edit "$@" --editor memit-seq -o killed.h5 --resume; echo "resumed: $?"
for s in base r1 r2 r3 last; do spx-info memit-seq.h5#$s killed.h5#$s > changes || echo "$s differs"; done
spx-edit "$@" --editor encore -o killed.h5 --resume; echo "$?"
echo '{"lambda": 10, "lambda_x": 1}' > preset.json
spx-edit "$@" --preset preset.json -o other.h5; echo "$?"
spx-edit "$@" --editor nothing -o other.h5; echo "$?"
echo "One sentence." > few.txt
spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --layers 1 --editor ridge --prefixes few.txt -o other.h5; echo "$?"
# More facts than dimensions that may be written: the round says how the worst of its systems was conditioned.
spx-edit "$@" --rounds 1 --editor alphaedit --nullspace-kept 2 --l2 1e-14 -o ill.h5 2>&1 | sed 's/, tensor.*condition .*/, ... condition .../'
