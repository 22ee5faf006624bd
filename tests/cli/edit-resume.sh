# A run broken off at random moments by SIGKILL and resumed ends with the numbers of an unbroken one; another set
# of options is refused; a finished run does nothing.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 1024 --window 256 --layers 1-3 -o stats.h5 > table
cut -f 1-3 table
set -- data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-3 --lambda 10 --contexts 1 \
    --prefixes datasets/prefixes.txt --steps 4 --round 3 --rounds 4 --lambada datasets/lambada-500.jsonl --lambada-items 2 --snapshots 1
spx-edit "$@" -o whole.h5 | cut -d, -f 1
for kill in 0.3 0.5 0.4; do
    spx-edit "$@" -o killed.h5 --resume > log 2> err & pid=$!
    sleep $kill
    kill -KILL "$pid" 2> err
    wait "$pid" 2> err
done
spx-edit "$@" -o killed.h5 --resume -q; echo "resumed: $?"
for s in base r1 r2 r3 r4 last; do spx-info whole.h5#$s killed.h5#$s || echo "$s differs"; done
h5diff whole.h5 killed.h5 /item_outcomes && h5dump -n whole.h5 | grep -c '/item_outcomes/.*_item'
spx-info whole.h5#base whole.h5#r1 | cut -f 1,3,9 # the rank of a round is the number of its facts
spx-edit "$@" -o killed.h5 --resume; echo "finished: $?"
spx-edit "$@" -o killed.h5; echo "$?"
spx-edit "$@" -o killed.h5 --resume --lambda 11; echo "$?"
spx-edit "$@" -o killed.h5 --resume --filter revive; echo "$?"
