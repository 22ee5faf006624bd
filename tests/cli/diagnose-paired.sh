# Items that base and later model share are paired as spx-eval --paired pairs them: right in one alone, and McNemar's p.
spx-perturb data/tiny.gguf --keep 0.05 -o cut.gguf > /dev/null 2>&1
for model in data/tiny.gguf cut.gguf; do
    spx-eval "$model" --facts datasets/counterfact-2000.json --count 12 --items "$(basename "$model").tsv" > /dev/null
done
spx-eval --paired tiny.gguf.tsv cut.gguf.tsv | awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
    $1 == "rewrite_success" { printf "lost %d gained %d p %.4f\n", $at["a_higher"], $at["b_higher"], $at["p"] }'
spx-diagnose data/tiny.gguf cut.gguf --facts datasets/counterfact-2000.json --count 12 --text-tokens 256 --window 64 --lambada-items 4 --json 2> /dev/null |
    sed -n 's/.*"rewrite_success".*"p": \([0-9.]*\), "lost": \([0-9]*\), "gained": \([0-9]*\).*/\2 \3 \1/p' |
    awk '{ printf "lost %d gained %d p %.4f\n", $1, $2, $3 }'
