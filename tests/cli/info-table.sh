# What a checkpoint holds, what is wrong with it and what differs, as people see it on a terminal.
for width in 80 120; do
    echo "# $width columns"
    python3 "$TERMINAL" $width spx-info -q data/tiny.gguf -t 'blk.0.*'
    python3 "$TERMINAL" $width spx-info -q golden/change-base.safetensors golden/change-edited.safetensors; echo "$?"
    python3 "$TERMINAL" $width spx-info -q golden/change-base.safetensors golden/change-edited.safetensors golden/change-base.safetensors
    python3 "$TERMINAL" $width spx-info -q --check data/suspicious.pt data/tiny.gguf; echo "$?"
    python3 "$TERMINAL" $width spx-info -q --check data/tiny.gguf; echo "$?"
done
echo "# a width that is asked for, one that is hardly there, every column, cells"
COLUMNS=100 python3 "$TERMINAL" 80 spx-info -q data/tiny.gguf -t 'blk.0.ffn*'
python3 "$TERMINAL" 20 spx-info -q data/tiny.gguf -t 'blk.0.ffn*'
python3 "$TERMINAL" 80 spx-info -q data/tiny.gguf -t 'blk.0.ffn_up*' --long
spx-info -q data/tiny.gguf -t 'blk.0.ffn*' > piped
python3 "$TERMINAL" 80 spx-info -q data/tiny.gguf -t 'blk.0.ffn*' --tsv | cmp - piped && echo "--tsv as in a pipe"
echo "# in a pipe: each beside the first"
spx-info -q golden/change-base.safetensors golden/change-edited.safetensors golden/change-edited.safetensors | cut -f 1-3,8,11
spx-info -q golden/change-base.safetensors golden/change-edited.safetensors golden/change-edited.safetensors --json | tail -n 1
echo "# two models are called so"
spx-info data/tiny.gguf golden/change-base.safetensors; echo "$?"
spx-compare data/tiny.gguf golden/change-base.safetensors; echo "$?"
echo "# before any row nothing is shown but what is wrong"
python3 "$TERMINAL" 80 spx-info missing.gguf; echo "$?"
