# Chance levels beside every overlap, and the tokens that changed directions write and read.
base=golden/change-base.safetensors edited=golden/change-edited.safetensors
spx-compare "$base" "$edited" -t '*.0.*' -k 3 2> /dev/null |
    awk -F '\t' 'NR == 1 { print $5, $6, $10 } NR > 1 && $10 != "NaN" { printf "%s %s %.4f\n", $5, $6, $10 }'
spx-compare "$base" "$edited" -t '*.0.*' -k 3 --json 2> /dev/null | grep '"lss_g", "side": "u"' | sed 's/.*"chance"/chance/'
model=data/folders/llama
spx-perturb "$model" --group 1 --groups 4 --size 2 -t '*layers.1.mlp.down*' -t '*layers.0.*q_proj*' -o later > /dev/null
spx-compare "$model" later --tokens 3 -t '*mlp.down*' -t '*q_proj*' |
    awk -F '\t' -v OFS='\t' 'NR > 1 { for (i = 8; i <= 12; i++) if (i != 10) $i = sprintf("%.2g", $i) } { $7 = ""; print }'
spx-compare "$model" later --tokens 2 -t '*q_proj*' --json | head -n 1 | sed 's/"value.*"end"/"end"/; s/"cosine.*"tokens"/"tokens"/'
spx-compare "$model" "$model" --tokens 2; echo "same: $?"
spx-compare "$model" later -t '*embed*' --tokens 2; echo "no side: $?"
spx-compare "$base" "$edited" -t '*.0.*' --tokens 2 --model "$model" 2> why > /dev/null; code=$?; cat why; echo "width: $code"
spx-compare "$base" "$edited" --tokens 2; echo "no model: $?"
spx-compare run.h5#r1 later --tokens 2; echo "stage: $?"
spx-compare "$model" later --model "$model"; echo "model alone: $?"
spx-compare "$model" later --tokens 2 -o x.h5; echo "run file: $?"
