# Tables of the other tools, and lists, as people see them on a terminal.
for width in 80 120; do
    echo "# $width columns"
    rm -rf run.h5 stats.h5 top.gguf joined.h5 shard.*
    python3 "$TERMINAL" $width spx-snapshot data/tiny.gguf -t 'blk.[01].ffn_down.weight' -o run.h5 --stage base
    python3 "$TERMINAL" $width spx-stats -q data/tiny.gguf --text datasets/prefixes.txt --tokens 128 --window 64 --layers 0-1 -o stats.h5
    python3 "$TERMINAL" $width spx-perturb -q data/tiny.gguf --keep 0.2 -t 'blk.[01].ffn_down.weight' -o top.gguf
    python3 "$TERMINAL" $width spx-eval -q data/tiny.gguf --perplexity datasets/wikitext-2-test.txt --tokens 64 --window 16
    for i in 1 2; do spx-spectrum -q data/tiny.gguf -o shard.h5 --shard $i/2; done
    python3 "$TERMINAL" $width spx-merge -q shard.h5.*of2 -o joined.h5
    python3 "$TERMINAL" $width spx-eval data/tiny.gguf --task list | head -n 6
    python3 "$TERMINAL" $width spx-compare --explain list | head -n 4
done
echo "# in a pipe"
spx-snapshot data/tiny.gguf -t 'blk.0.ffn_down.weight' -o piped.h5 --stage base
spx-eval data/tiny.gguf --task list | head -n 1
spx-compare --explain list | head -n 1
