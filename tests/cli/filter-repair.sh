# Values of a filter tried in memory: what the two models and each candidate can do, the frontier, paired tests; the rows
# in a run file and its figure; what is written is what was tested; what cannot be tried is said.
# shellcheck disable=SC2086 # options are words
facts="--facts datasets/counterfact-2000.json"
texts="--tokens 512 --window 128 --lambada-items 8"
spx-edit data/tiny.gguf $facts --editor ridge --layers 1-2 --lambda 0.01 --contexts 0 --steps 6 --v-lr 1 --clamp 8 --round 4 --rounds 2 \
    --prefixes none -q -o run.h5 > table
spx-export run.h5#last --model data/tiny.gguf --dtype F32 -q -o edited.gguf > table
try() { spx-filter data/tiny.gguf "$@" --eval $facts --records 8 $texts; }
try edited.gguf --filter spectral-cap --cap 0.3,1,3 --also 'scale keep=0.5,1' --kept rewrite_success -o capped.h5 > rows.tsv 2> note
head -n 1 rows.tsv | tr '\t' '\n' | grep -v '_[lh][oi]$'
cut -f 1-4 rows.tsv
sed 's/[0-9][0-9.]* % of the facts at perplexity [^;]*/X/' note
# The full share is the edited model, item by item; the marks are of rows that no other beats.
awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } $1 == "edited" { p = $at["perplexity"] }
    $1 == "scale keep=1" { print ($at["perplexity"] == p ? "as edited" : "not as edited"), $at["rewrite_success_lost"] + $at["lambada_lost"], $at["rewrite_success_p"] }
    NR > 1 { k[NR] = $at["rewrite_success"]; t[NR] = $at["perplexity"]; m[NR] = $at["mark"] }
    END { for (i in k) { beaten = 0; for (j in k) beaten += k[j] >= k[i] && t[j] <= t[i] && (k[j] > k[i] || t[j] < t[i])
        if ((beaten > 0) != (m[i] == "-")) print "row " i " is marked " m[i] } }' rows.tsv
# A stage in place of a checkpoint gives the same rows.
try run.h5#last --filter spectral-cap --cap 0.3,1,3 --also 'scale keep=0.5,1' --kept rewrite_success -q > stage.tsv; cmp rows.tsv stage.tsv && echo "as the stage"
# One value, written and tested by itself.
spx-filter data/tiny.gguf edited.gguf --filter spectral-cap --cap 1 --dtype F32 -q -o repaired.gguf > table
spx-eval repaired.gguf $facts --count 8 --perplexity datasets/wikitext-2-test.txt $texts -o one.h5 --stage s > one.tsv
awk -F '\t' 'NR == FNR { v[$1] = $3; next } FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i }
    $1 == "spectral-cap cap=1" { for (m in v) if (m in at) n += $at[m] == v[m]; print n " metrics as written" }' one.tsv rows.tsv
try edited.gguf --tau 0.1,0.2,0.4 --basis original --kept paraphrase_success 2>&1 > revive.tsv | sed 's/[0-9][0-9.]* % of the facts at perplexity [^;]*/X/'
try edited.gguf --basis edited --tau 0.2 --json -q | grep -o '"model": "[a-z 0-9.=]*", "filter": "revive", "parameter": "tau", "at": 0.2[^,]*'
# A model whose context is shorter than the windows is tested in windows of its context.
for f in data/tiny.gguf edited.gguf; do sed 's/context_length\x04\x00\x00\x00\x00\x02/context_length\x04\x00\x00\x00\x00\x01/' $f > "short-$(basename $f)"; done
spx-filter short-tiny.gguf short-edited.gguf --eval $facts --records 4 --tokens 512 --lambada-items 4 2>&1 > table | grep windows
for filter in "prune-linear" "revive --rank 3"; do try edited.gguf --filter $filter -q | tail -n 1 | cut -f 1-4; done
spx-plot repair capped.h5 -o f.svg && cut -f 1-4,11 f.tsv | head -n 4
# Many filters at once: each row with all that it was asked for, which is what the note would write; lines of those on the frontier.
many() {
    ${exec:-} spx-filter data/tiny.gguf edited.gguf --eval $facts --records 8 $texts --filter left --also 'revive basis=edited weight=0.5 tau=0.1,0.4' --also 'rect keep=0.2' --also 'norm-cap cap=0.1' --also 'scale keep=0.5' \
        --also prune-linear "$@"
}
many -o many.h5 2> note > many.rows; cut -f 1-4 many.rows; sed 's/[0-9][0-9.]* % of the facts at perplexity [^;]*/X/' note
# One that is ended keeps its rows, and goes on from them; with other options it is refused.
exec='exec' many -o again.h5 -q > table 2> note & pid=$!
until [ -s again.h5.items ] && [ "$(wc -c < again.h5.items)" -ge 20000 ] || ! kill -0 $pid 2> /dev/null; do sleep 0.02; done
kill -TERM $pid; { wait $pid; } 2> /dev/null || grep ended note; ls again.h5*
many -o again.h5 --kept rewrite_success -q 2>&1 | sed "s/ '[^']*'/ X/g"
many -o again.h5 -q > again.rows && cmp many.rows again.rows && ls again.h5*
spx-plot repair many.h5 -o many.gp && grep -o "^filter_line.*" many.gp; cut -f 3,11,13 many.tsv | sort -u
python3 "$TERMINAL" 60 spx-filter data/tiny.gguf edited.gguf --cap 1 --filter spectral-cap --eval $facts --records 8 $texts -q | cut -c 1-25
run() { "$@"; echo "status $?"; }
run spx-filter data/tiny.gguf edited.gguf --filter spectral-cap --cap 0 --eval $facts
run spx-filter data/tiny.gguf edited.gguf --filter spectral-cap --cap 0.2,x --eval $facts
run spx-filter data/tiny.gguf edited.gguf --filter spectral-cap --cap 0.2,0.3
run spx-filter data/tiny.gguf edited.gguf --filter revive --cap 0.2 --eval $facts --records 4
run spx-filter data/tiny.gguf edited.gguf --also 'scale keep=2' --eval $facts
run spx-filter data/tiny.gguf edited.gguf --also 'scale keep=0.5'
run spx-filter data/tiny.gguf edited.gguf --also 'scale 0.5' --eval $facts
run spx-filter data/tiny.gguf edited.gguf --also 'scale kept=0.5' --eval $facts
run spx-filter data/tiny.gguf edited.gguf --also ' ' --eval $facts
run spx-filter data/tiny.gguf edited.gguf --also "scale keep=$(printf '0.5,%.0s' $(seq 70))1" --eval $facts
run spx-filter data/tiny.gguf edited.gguf --also 'sclae keep=0.5' --eval $facts --records 4
run spx-filter data/tiny.gguf edited.gguf --also 'revive basis=edit' --eval $facts --records 4
run spx-filter data/tiny.gguf edited.gguf --tau 0.1 --also 'revive tau=0.2,0.1' --eval $facts --records 4
run spx-filter data/tiny.gguf edited.gguf --eval
run spx-filter run.h5 --eval $facts
run spx-filter data/tiny.gguf edited.gguf --eval $facts -o out.gguf
run spx-filter data/tiny.gguf edited.gguf --eval $facts -o capped.h5
run try edited.gguf --kept rewrite_sucess -q
run try data/tiny.gguf -q
run spx-filter golden/change-base.safetensors golden/change-edited.safetensors --eval $facts
spx-perturb edited.gguf --group 1 -t 'blk.1.attn_output*' -q -o attention.gguf > table
run try attention.gguf -t 'blk.1.attn_output*' -q
ls out.gguf
