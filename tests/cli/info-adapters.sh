# LoRA adapters of PEFT's beside their base: what they change, whether they are in a merged checkpoint, as a stage, alone.
d=data/folders l=data/adapters
spx-info $d/llama $l/llama-exact | cut -f 1,3-5,9
spx-info $d/gpt2 $l/gpt2-conv1d -q | cut -f 1,3-5,9
spx-info $d/llama+$l/llama-exact -t '*layers.1.*' -q | cut -f 1-6
spx-export $l/llama-rslora --model $d/llama -o merged && ls merged
spx-info $d/llama+$l/llama-rslora merged | cut -f 1,9
spx-info $d/llama+$l/llama-exact merged -t '*.2.mlp*' | cut -f 1,9
spx-compare $d/llama $l/llama-rslora $d/llama+$l/llama-exact $l/llama-exact/adapter_model.safetensors -t '*.0.mlp.down*' | cut -f 1,2 | sort | uniq -c
spx-compare $d/llama $l/llama-exact -t '*.0.mlp.down*' | grep change_rank
spx-spectrum $d/llama+$l/llama-exact $d/llama+$l/llama-exact+$l/llama-rslora -t '*.0.mlp.down*' | awk '$6 == "fro" { printf "%s %.5g\n", $1, $7 }'
spx-snapshot $d/llama+$l/llama-exact -o run.h5 --stage adapted -q; spx-info $d/llama+$l/llama-exact run.h5#adapted && echo "kept"
spx-filter $d/llama $l/llama-exact --tau 0.2 -o filtered -q | cut -f 1-3
spx-info filtered merged > same; echo $?
measure() { out=$1; shift; spx-eval "$@" --perplexity datasets/wikitext-2-test.txt --tokens 1024 --window 128 | tail -n 1 | cut -f 1-6 > "$out"; }
measure a $d/llama+$l/llama-exact && measure b $l/llama-exact --model $d/llama && cmp a b && echo "measures the same"
for t in "spx-info" "spx-spectrum" "spx-compare $d/llama+$l/none"; do $t $l/llama-exact; echo $?; done
spx-info data/pairs/llama.gguf $l/llama-exact; echo $?
spx-info $d/llama $l/gpt2-conv1d; echo $?
spx-export $l/gpt2-conv1d --model $d/gpt2 -o none; echo $?
ls
