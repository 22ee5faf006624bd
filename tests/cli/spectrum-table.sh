# Spectra, as people see them on a terminal.
for width in 80 120; do
    echo "# $width columns"
    python3 "$TERMINAL" $width spx-spectrum -q data/tiny.gguf
    python3 "$TERMINAL" $width spx-spectrum -q data/tiny.gguf -t 'blk.1.attn_k.weight' --values | head -n 5
    python3 "$TERMINAL" $width spx-spectrum -q data/tiny.gguf -t 'blk.0.ffn_down.weight' --null
done
echo "# a run file, too, is told about; a row a tensor in a pipe"
python3 "$TERMINAL" 80 spx-spectrum -q data/tiny.gguf -t 'blk.[12].ffn_down.weight' -o run.h5
spx-spectrum -q data/tiny.gguf -t 'blk.[12].ffn_down.weight' --wide | cut -f 1-7
