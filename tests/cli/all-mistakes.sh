# Fifteen mistakes that people make first: each is one line that names what was found and what was expected, and nothing is left behind.
# (A mistake on the command line is followed by where to find help.)
facts=datasets/counterfact-2000.json
mistake() {
    echo "\$ $*"
    "$@" > out 2> err; code=$?
    sed -e 's/ (expected one of:.*//' err; echo "$code"
    [ "$(grep -vc '^Try ' err)" = 1 ] || echo "not one line"
    for f in no.*; do [ ! -e "$f" ] || echo "left $f"; done
}
mkdir lora && echo '{"peft_type": "LORA", "r": 2, "lora_alpha": 4}' > lora/adapter_config.json
printf '[{"prompt": "a" "b"}]' > comma.json
spx-spectrum data/tiny.gguf -q -o made.h5
spx-perturb data/tiny.gguf --keep 0.5 -q -o half.gguf > table
mistake spx-info nosuch
mistake spx-spectrum data/tiny.gguf -t '*mlp.down*'
mistake spx-info lora
mistake spx-edit data/tiny.gguf --facts $facts --layers 3-9 --contexts 0 --editor ridge -o no.h5
mistake spx-edit data/tiny.gguf --facts $facts --layers 1 --editor mmeit -o no.h5
mistake spx-edit data/tiny.gguf --facts $facts --layers 1 --lamda 3 -o no.h5
mistake spx-edit data/tiny.gguf --facts $facts --layers 1 -o no.h5
mistake spx-edit data/tiny.gguf --facts comma.json --layers 1 --editor ridge --contexts 0 -o no.h5
mistake spx-spectrum data/tiny.gguf -o made.h5
mistake spx-filter data/tiny.gguf half.gguf -o half.gguf
mistake spx-plot layers made.h5 --metric stabel_rank -o no.svg
mistake spx-filter data/tiny.gguf data/tiny.gguf --filter revive --tau 20%
mistake spx-eval data/tiny.gguf
mistake spx-eval data/tiny.gguf --task foo=datasets/README.md
mistake spx infoo data/tiny.gguf
