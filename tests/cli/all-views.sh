# What else people see as a table on terminals of 80 and 120 columns, and its first lines in a pipe.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 1024 --window 256 --layers 1-3 -q -o stats.h5 > log
spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-2 --lambda 10 --contexts 0 --steps 3 --round 2 --rounds 3 \
    -q -o run.h5
spx-perturb data/tiny.gguf --keep 0.05 -o cut.gguf -q > log
spx-perturb data/folders/llama --group 1 --groups 4 --size 2 -t '*layers.1.mlp.down*' -t '*layers.0.*q_proj*' -o later -q > log
for model in data/tiny.gguf cut.gguf; do
    spx-eval "$model" --facts datasets/counterfact-2000.json --count 12 --items items > log
    grep -v _diff items > "$(basename "$model").tsv"
done
show() { # LINES COMMAND...: of each at most so many
    lines=$1; shift
    for width in 80 120; do
        echo "# $width columns: $*"
        rm -rf bundle.h5 adapter
        python3 "$TERMINAL" $width "$@" | head -n "$lines"
    done
    echo "# in a pipe"
    rm -rf bundle.h5 adapter
    "$@" | cut -c 1-80 | sed 's/\(\.[0-9][0-9]\)[0-9]*/\1/g' | head -n 3
}
show 5 spx-compare -q data/tiny.gguf cut.gguf --tokens 3 -t 'blk.1.ffn_down.weight'
show 4 spx-eval --paired tiny.gguf.tsv cut.gguf.tsv
show 30 spx-diagnose -q data/tiny.gguf cut.gguf --no-behaviour --tokens 2 -t 'blk.1.ffn_down.weight'
show 9 spx-edit -q --bundle data/bundles/good.h5 --editor alphaedit --lambda 150 --filter revive --tau 0.3 -o bundle.h5
show 9 spx-export -q data/folders/llama later --as lora -o adapter
show 9 spx-plot list
# Numbers of edits, which processors round differently: N.
hide() { sed 's/-\{0,1\}[0-9]\{1,\}\.[0-9]\{1,\}\(e-[0-9]*\)\{0,1\}/N/g; s/   */  /g'; }
show 6 spx-compare -q --by-edit run.h5 -t 'blk.1.*' | hide
show 7 spx-filter -q run.h5 --tau 0.1,0.3 -t 'blk.1.*' | hide
