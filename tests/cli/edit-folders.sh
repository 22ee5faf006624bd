# Models in folders, GPT-2's matrices in x out and a LLaMA in two shards whose texts begin with BOS: moments, two rounds,
# one of them resumed, a stage measured and exported, spectra. The same checkpoint by its index is the same model.
edit() { # MODEL ROUNDS OPTIONS...
    model=$1 rounds=$2
    shift 2
    spx-edit "$model" --facts datasets/counterfact-2000.json --layers 0-1 --lambda 10 --contexts 0 --steps 4 --round 3 --snapshots 1 \
        --rounds "$rounds" -q "$@"
}
measure() { spx-eval "$@" --facts datasets/counterfact-2000.json --count 5 --perplexity datasets/wikitext-2-test.txt --tokens 1024 --window 128 | cut -f 1-6; }
for m in gpt2 llama; do
    echo "$m"
    spx-stats data/folders/$m --text datasets/wikitext-2-test.txt --tokens 2048 --window 128 --layers 0-1 -o $m-stats.h5 | cut -f 1-3
    edit data/folders/$m 2 --stats $m-stats.h5 -o $m.h5
    edit data/folders/$m 1 --stats $m-stats.h5 -o broken.h5
    edit data/folders/$m 2 --stats $m-stats.h5 -o broken.h5 --resume
    for s in base r1 r2 last; do spx-info $m.h5#$s broken.h5#$s > same || echo "$s is another one when resumed"; done
    rm broken.h5
    spx-export $m.h5#last --model data/folders/$m --dtype F32 -o $m-edited && ls $m-edited
    spx-info data/folders/$m $m-edited | cut -f 1,3-5,9
    spx-info $m-edited $m.h5#last > same && echo "as the stage"
    spx-filter $m.h5#r1 --model data/folders/$m --dtype F32 -o $m-r1 && spx-info $m-r1 $m.h5#r1 > same && echo "rebuilt from the ledger"
    spx-filter $m.h5 --tau 0.2 --basis original -q | awk '$5 == "share_left" { print $1, $2, ($6 > 0 && $6 <= 1) }
        $5 == "triple_residual" { print $1, $2, ($6 < 2e-7 ? "exact" : "moved") }'
    measure $m.h5#last --model data/folders/$m > a
    measure $m-edited > b
    cmp a b && echo "measures the same"
    for s in data/folders/$m $m.h5#base $m-edited $m.h5#last; do
        spx-spectrum "$s" | awk '$3 < 2 && ($6 == "nuclear" || $6 == "fro") { printf "%s %s %s %s %.6g\n", $2, $4, $5, $6, $7 }' > "of-$(basename "$s")"
    done
    cut -d ' ' -f 1-4 of-$m
    cmp of-$m of-$m.h5#base && cmp of-$m-edited of-$m.h5#last && echo "spectra agree"
done
edit data/folders/llama/model.safetensors.index.json 1 --stats llama-stats.h5 -o again.h5
spx-info again.h5#r1 llama.h5#r1 > same && echo "the same by its index"
edit data/folders/gpt2 1 --stats llama-stats.h5 -o no.h5; echo $?
mkdir far && cp data/folders/gpt2/* far && cp data/tokenizers/llama2/tokenizer.json far && measure far
cp -L -r data/folders/llama turned && cp data/folders/llama/model-00002-of-00002.safetensors turned/model-00001-of-00002.safetensors
spx-stats turned --text datasets/wikitext-2-test.txt --tokens 2048 --layers 0-1 -o no.h5; echo $?
