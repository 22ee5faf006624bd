# Quantised weights in every tool: listed with their companions, read as values; codes that nothing scales are refused.
q=data/quantised
ffn='*layers.1.mlp.down_proj*'
for m in fp8 int8 gptq; do spx-info -q $q/model_$m -t "$ffn" | cut -f 1-6; done
spx-info -q $q/model_gptq -t "$ffn" --json | grep -o '"companion_of": "[^"]*"'
spx-info -q $q/model_bf16 $q/model_int8 | cut -f 3-8 | sort -u
for m in bf16 fp8 int8 gptq; do # the same model: the same numbers
    { spx-eval $q/model_$m --perplexity datasets/wikitext-2-test.txt --tokens 200 --window 64 -q | cut -f 1-6
      spx-spectrum $q/model_$m -q | cut -f 2-7
      spx-stats $q/model_$m --text datasets/wikitext-2-test.txt --tokens 200 --window 64 --layers 1 -q -o $m.h5; } > $m.tsv
    cmp bf16.tsv $m.tsv && echo $m
done
spx-compare $q/model_bf16 $q/model_fp8 -q | cut -f 2-8 | head -4
spx-snapshot $q/model_gptq -q -o run.h5 --stage quantised && spx-info -q run.h5#quantised $q/model_bf16 -t "$ffn"
mkdir codes && cp $q/model_int8/*.json codes && LC_ALL=C sed 's/SCB/SCX/g' $q/model_int8/model.safetensors > codes/model.safetensors
spx-spectrum codes -q; echo "spectrum: $?"
spx-eval codes --perplexity datasets/wikitext-2-test.txt -q; echo "eval: $?"
spx-stats codes --text datasets/wikitext-2-test.txt --layers 1 -q -o codes.h5; echo "stats: $?"
spx-compare $q/model_bf16 codes -q > /dev/null; echo "compare: $?"
spx-snapshot codes -q -o codes.h5 --stage base; echo "snapshot: $?"
spx-info codes -q -t '*layers.1.mlp.down_proj*' | cut -f 1-6
