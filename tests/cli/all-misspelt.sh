# What was misspelt is named, with what it was meant to be.
spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --layers 1 --editor mmeit -o r.h5 2>&1 | cut -c 1-90
spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --layers 1 --filter rivive -o r.h5 2>&1 | cut -c 1-90
spx-filter data/tiny.gguf data/tiny.gguf --basis curent 2>&1 | cut -c 1-90
spx-plot subspase r.h5 2>&1 | cut -c 1-90
spx-spectrum data/tiny.gguf -t '*ffn_dwon*'
spx-spectrum data/tiny.gguf -t '*mlp.down*'
spx-compare data/tiny.gguf data/tiny.gguf -t 'blk.0.ffn_gat.weight'
spx-eval data/tiny.gguf --task lambda=datasets/lambada-500.jsonl 2>&1 | cut -c 1-90
spx-spectrum data/tiny.gguf -o run.h5
spx-plot layers run.h5 --metric stabel_rank -o no.svg 2>&1 | cut -c 1-90
spx-spectrum data/tiny.gguf --shard 1/-1; echo $?
spx-spectrum data/tiny.gguf --shard -1/1; echo $?
spx-spectrum data/tiny.gguf --shard 1/18446744073709551617; echo $?
spx-stats data/tiny.gguf --text datasets/prefixes.txt --layers 0-18446744073709551616 -o s.h5; echo $?
spx-filter data/tiny.gguf data/tiny.gguf --weight 20%; echo $?
spx-snapshot data/tiny.gguf -o kept.h5; echo $?
