# Changes as PEFT adapters: of a run from its ledger, of a pair, of another adapter; what an adapter cannot hold.
d=data/folders
for m in gpt2 llama; do
    spx-stats $d/$m --text datasets/wikitext-2-test.txt --tokens 2048 --window 128 --layers 0-1 -o $m-stats.h5 > table
    spx-edit $d/$m --facts datasets/counterfact-2000.json --layers 0-1 --lambda 10 --contexts 0 --steps 4 --round 3 --snapshots 1 --rounds 2 \
        --stats $m-stats.h5 -q -o $m.h5
    spx-export $m.h5#last --as lora -o $m-lora/ | awk '{ print $1, $2, $3, (NR == 1 ? $5 : $5 < 1e-6 ? "exact" : $5) }'
    ls $m-lora*
    spx-info $d/$m+$m-lora $m.h5#last | awk 'NR > 1 { print $1, ($6 < 1e-6 ? "as the stage" : $6) }'
    spx-export $d/$m $m.h5#r1 --as lora --rank 2 -o $m-cut | cut -f 1-3
    spx-export $m.h5#r1 --as lora --json -o $m-r1 | cut -d , -f 3-5
done
cat gpt2-lora/adapter_config.json
spx-export $d/llama data/adapters/llama-rslora --as lora -t '*.1.*' -o again | cut -f 1-3
spx-info $d/llama+again data/adapters/llama-rslora -t '*.1.*'; echo $?
spx-info $d/llama+again $d/llama+data/adapters/llama-rslora -t '*.1.*' | cut -f 1,9
spx-export $d/llama data/adapters/llama-bin --as lora -o none; echo $?
spx-export $d/llama $d/llama --as lora -o none; echo $?
spx-export data/pairs/llama.gguf data/pairs/qwen2.gguf --as lora -o none; echo $?
spx-export llama.h5#last --as lora -o llama-lora; echo $?
spx-export llama.h5#last --as lora; echo $?
spx-export $d/llama --as lora -o none; echo $?
spx-export llama.h5#last --as peft -o none; echo $?
spx-export $d/llama llama.h5#last -o none; echo $?
ls
