# Edits made under one family's names written into a file of the other's, and in another type: folders of shards, split GGUF.
p=data/pairs
for f in llama gpt2 gptneox; do
    spx-export $p/$f.gguf --model $p/$f.safetensors --dtype F64 -q -o $f.safetensors -q; echo "$f: $?"
    spx-info $p/$f.safetensors $f.safetensors -q | cut -f 3-6 | sort | uniq -c # wider, with the same values
    spx-export $p/$f.safetensors --model $p/$f.gguf -o $f.gguf -q && cmp $p/$f.gguf $f.gguf && echo "$f: the same"
done
spx-snapshot $p/gpt2.gguf -o run.h5 --stage edited
spx-export run.h5#edited --model $p/gpt2.safetensors -o stage.safetensors && cmp $p/gpt2.safetensors stage.safetensors && echo "the same"
spx-snapshot $p/llama.gguf -o qk.h5 --stage edited -t '*attn_q.weight'
spx-export qk.h5#edited --model $p/llama.safetensors -o stage.safetensors; echo $?
spx-export data/split-00001-of-00002.gguf --model data/sharded --dtype BF16 -o folder && ls folder && cat folder/config.json
grep -A 1 total_size folder/model.safetensors.index.json
spx-info data/sharded folder -q | cut -f 2-5
spx-export data/sharded --model data/split-00001-of-00002.gguf -o whole.gguf && ls whole* && spx-info data/sharded whole-00001-of-00002.gguf
spx-export data/sharded --model data/sharded -o data/sharded; echo $?
