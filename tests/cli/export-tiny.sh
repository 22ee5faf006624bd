# An edited stage as a model file: nothing else differs, and it measures as the stage does.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 2048 --window 256 --layers 1-3 -o stats.h5 > table
spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-3 --lambda 10 --contexts 0 --steps 4 \
    --round 3 --rounds 1 -q -o run.h5
spx-export run.h5#last --model data/tiny.gguf -o edited.gguf; echo $?
spx-info data/tiny.gguf edited.gguf | cut -f 1-5,9
spx-info edited.gguf run.h5#last && echo "as the stage"
spx-eval edited.gguf --facts datasets/counterfact-2000.json --count 30 | cut -f 1-6 > a # but for the name of the model
spx-eval run.h5#last --model data/tiny.gguf --facts datasets/counterfact-2000.json --count 30 | cut -f 1-6 > b
cmp a b && echo "measures the same"
spx-export run.h5#last --model data/tiny.gguf --dtype BF16 -o half.gguf && spx-info data/tiny.gguf half.gguf | cut -f 1,5,9
spx-export run.h5#last --model data/tiny.gguf --dtype Q9 -o no.gguf; echo $?
spx-export run.h5#last --model data/state.safetensors -o no.gguf; echo $?
spx-eval run.h5#last --lambada datasets/lambada-500.jsonl; echo $?
ls ./*.gguf
