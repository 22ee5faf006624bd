# What was done to a checkpoint: a low-rank edit, nothing, a model that is broken, stages of several, and what is refused.
spx-diagnose golden/change-base.safetensors golden/change-edited.safetensors --no-behaviour; echo "$?"
spx-diagnose golden/change-base.safetensors golden/change-base.safetensors --no-behaviour; echo "$?"
spx-diagnose golden/change-base.safetensors golden/change-edited.safetensors --no-behaviour --json -t '*.0.*' |
    sed 's/: -*[0-9.]*e*-*[0-9]*\([,}]\)/: N\1/g'
spx-perturb data/tiny.gguf --keep 0.05 -o cut.gguf > /dev/null 2>&1
spx-export data/tiny.gguf --dtype F16 -o half.gguf > /dev/null 2>&1 || cp data/tiny.gguf half.gguf
spx-diagnose data/tiny.gguf half.gguf cut.gguf --text-tokens 512 --window 64 --lambada-items 8 -o report > out 2> err; echo "$?"
sed -n '1,4p' out; tail -n 1 err; ls report
grep -c '<svg' report/report.html; grep -o 'class="banner [a-z]*"' report/report.html
spx-diagnose data/tiny.gguf missing.gguf; echo "$?"
spx-diagnose data/tiny.gguf -t nothing data/tiny.gguf --no-behaviour; echo "$?"
# A model whose context is shorter than the windows is measured in windows of its context. NO_COLOR, an empty one, and a terminal
# without colours are told apart.
for f in data/tiny.gguf cut.gguf; do sed 's/context_length\x04\x00\x00\x00\x00\x02/context_length\x04\x00\x00\x00\x00\x01/' $f > "short-$(basename $f)"; done
spx-diagnose short-tiny.gguf short-cut.gguf --text-tokens 512 --lambada-items 2 2>&1 | sed -n '/windows of/p; s/^\(behaviour   perplexity\).*, \([0-9]*\) tokens.*/\1 of \2 tokens/p'
coloured() { printf '%s: ' "$*"; env "$@" python3 "$TERMINAL" 80 spx-diagnose golden/change-base.safetensors golden/change-edited.safetensors --no-behaviour | grep -c "$(printf '\033')" || true; }
coloured NO_COLOR= TERM=xterm; coloured NO_COLOR=1 TERM=xterm; coloured NO_COLOR= TERM=dumb
# The page of a changed model: its figures, and the map of the worst matrix's change, as spx-compare has it.
spx-diagnose golden/change-base.safetensors golden/change-edited.safetensors --no-behaviour -q -o page > out 2>&1; ls page
grep -o '<h2>[A-Z][a-z ]*sure</h2>' page/report.html; grep -c '<li>' page/report.html
spx-compare golden/change-base.safetensors golden/change-edited.safetensors -t '*.0.*' --maps -q -o maps.h5 > out 2>&1; echo "$?"
spx-plot alpha maps.h5 -o map.svg; for f in page/alpha.tsv map.tsv; do cut -f 3- $f > "$(basename $f).cells"; done
cmp alpha.tsv.cells map.tsv.cells; wc -l < map.tsv.cells
