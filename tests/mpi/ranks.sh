#!/bin/sh
# ranks.sh BIN ROOT: tools on 1, 2 and 4 ranks write what one process writes; killing a rank loses nothing.
set -u
bin=$1 root=$2 bad=0
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
PATH=$bin:$PATH
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
fail() { echo "FAILED: $*"; bad=1; }
ranks() { n=$1; shift; mpirun --oversubscribe -n "$n" "$@"; }
same() { # run files, except for the command lines in them
    h5diff "$1" "$2" | grep -v -e '<history of' -e 'differences found' && fail "$2 differs"
    h5ls -r "$1" > one; h5ls -r "$2" | cmp -s - one || fail "$2 has other contents"
}

base=$root/tests/golden/change-base.safetensors later=$root/tests/golden/change-edited.safetensors
mkdir s-1 s-2 && cp "$base" s-1/model.safetensors && cp "$later" s-2/model.safetensors
spx-spectrum s-1 s-2 --all -o spectrum.h5 2> notes
spx-spectrum s-1 s-2 --all > spectrum.txt 2> /dev/null
spx-compare "$base" s-1 s-2 --all -o compare.h5 2> /dev/null
spx-compare "$base" s-1 s-2 --all --previous > compare.txt 2> /dev/null
for n in 1 2 4; do
    ranks "$n" spx-spectrum s-1 s-2 --all -o "spectrum-$n.h5" 2> /dev/null
    same spectrum.h5 "spectrum-$n.h5"
    ranks "$n" spx-spectrum s-1 s-2 --all 2> /dev/null | cmp - spectrum.txt || fail "spx-spectrum prints something else on $n"
    ranks "$n" spx-compare "$base" s-1 s-2 --all -o "compare-$n.h5" 2> /dev/null
    same compare.h5 "compare-$n.h5"
    ranks "$n" spx-compare "$base" s-1 s-2 --all --previous 2> /dev/null | cmp - compare.txt || fail "spx-compare prints something else on $n"
done
ranks 2 spx-spectrum missing.gguf > out 2>&1 && fail "a missing file is not an error"
[ "$(grep -c 'missing.gguf: No such file' out)" = 1 ] || fail "a missing file is not reported exactly once"
ranks 2 spx-spectrum --help | cmp -s - <<- H || fail "help is not printed exactly once"
$(spx-spectrum --help)
H

# 24 matrices of 1000 x 1400 float16 whose bytes are letters, and so finite.
tensors=24 bytes=2800000
head=$(awk -v n=$tensors -v b=$bytes 'BEGIN { for (i = 0; i < n; i++) printf "%s\"w%d\":{\"dtype\":\"F16\",\"shape\":[1000,1400],\"data_offsets\":[%d,%d]}", i ? "," : "{", i, i * b, (i + 1) * b; print "}" }')
base64 -w 0 "$root/datasets/counterfact-2000.json" > once && cat once once once once once > letters
{
    printf '%b\0\0\0\0\0\0' "$(printf '\\0%o\\0%o' $((${#head} % 256)) $((${#head} / 256)))"
    printf '%s' "$head"
    for i in $(seq $tensors); do tail -c +$((i * 4099)) letters | head -c $bytes; done
} > large.safetensors
spx-spectrum large.safetensors --all -o large.h5
# Rank 1 is killed while it works on a matrix; if the machine let it finish first, try again.
for _ in 1 2 3 4 5 6; do
    rm -f killed.h5 killed.h5.items
    mpirun --oversubscribe -n 2 spx-spectrum large.safetensors --all -o killed.h5 > out 2>&1 &
    run=$!
    while kill -0 $run && ! { [ -e killed.h5.items ] && [ "$(wc -c < killed.h5.items)" -gt 30000 ]; }; do sleep 0.02; done
    read -r children 2> /dev/null < "/proc/$run/task/$run/children"
    for p in $children; do
        if tr '\0' '\n' < "/proc/$p/environ" | grep -qx 'OMPI_COMM_WORLD_RANK=1'; then kill -KILL "$p"; fi
    done
    ended=0 && wait $run || ended=$?
    if [ "$ended" != 0 ] && grep -q 'ended while working on w' out; then break; fi
done
[ "$ended" != 0 ] || fail "a killed rank is not an error"
grep -q 'ended while working on w[0-9]* of .*; [0-9]* of 24 items are kept in killed.h5.items: run the same command to continue: spx-spectrum' out || { fail "last words"; cat out; }
grep -q 'rank 1 .*signal 9' out || fail "mpirun names another rank"
[ -e killed.h5 ] && fail "half a run file"
kept=$(sed -n 's/.*; \([0-9]*\) of 24 items are kept.*/\1/p' out)
ranks 4 spx-spectrum large.safetensors --all -o killed.h5 > out 2>&1 || fail "does not continue"
there=$(sed -n 's/.*note: \([0-9]*\) of 24 items were already in.*/\1/p' out)
[ "${there:-0}" -ge "${kept:-1}" ] || fail "$kept were kept, $there found"
same large.h5 killed.h5
[ -e killed.h5.items ] && fail "the file of items was not removed"

# Batches of an evaluation, on the unedited and on the edited model.
evaluate() { # NAME [LAUNCHER...]
    name=$1 && shift
    "$@" spx-eval "$root/tests/data/tiny.gguf" --unedited "$root/tests/data/tiny.gguf" --facts "$root/datasets/zsre-400.json" --count 40 \
        --perplexity "$root/datasets/wikitext-2-test.txt" --tokens 8192 --window 128 --lambada "$root/datasets/lambada-500.jsonl" \
        --lambada-items 40 --items items --stage a -o "$name.h5" 2> /dev/null > "$name.txt" && mv items "$name.tsv"
}
evaluate eval env || fail "spx-eval"
for n in 1 2 4; do
    evaluate "eval-$n" ranks "$n" || fail "spx-eval on $n ranks"
    { cmp eval.txt "eval-$n.txt" && cmp eval.tsv "eval-$n.tsv"; } || fail "spx-eval gives other numbers on $n"
    same eval.h5 "eval-$n.h5"
done

# Arms of a plan, two at a time.
cat > plan.json << P
{"model": "$root/tests/data/tiny.gguf", "facts": "$root/datasets/counterfact-2000.json", "text": "$root/datasets/wikitext-2-test.txt",
 "text_tokens": 2048, "layers": "1-3", "prefixes": "$root/datasets/prefixes.txt", "round": 2, "rounds": 1, "preset": "preset.json",
 "evaluate": {"perplexity": "$root/datasets/wikitext-2-test.txt", "tokens": 256, "window": 128, "facts": 2},
 "arms": [{"name": "memit"}, {"name": "revive", "filter": "revive", "tau": 0.2}, {"name": "rome", "editor": "rome", "layers": "2"}]}
P
echo '{"lambda": 10, "contexts": 1, "steps": 2}' > preset.json
spx-collapse plan.json -q -o alone > alone.tsv 2> /dev/null || fail "spx-collapse"
ranks 2 spx-collapse plan.json -q -o dealt > dealt.tsv 2> out || { fail "spx-collapse on 2 ranks"; cat out; }
cut -f 1-6 alone.tsv > one; cut -f 1-6 dealt.tsv | cmp - one || fail "spx-collapse prints something else on 2 ranks"
for arm in memit revive rome; do
    for group in tensors evaluation; do h5diff "alone/$arm.h5" "dealt/$arm.h5" "/$group" || fail "arm $arm differs"; done
done

# Facts traced and settings tried.
sed -n '2,260p' "$root/datasets/counterfact-2000.json" | sed 's/,$//' | cat "$root/tests/data/tiny-known.jsonl" - > facts.jsonl
yes '{"text": "The cat sat on the mat."}' | head -n 160 > short.jsonl
tune() { # NAME [LAUNCHER...]
    name=$1 && shift
    "$@" spx-tune "$root/tests/data/tiny.gguf" --facts facts.jsonl --preset preset.json --prefixes "$root/datasets/prefixes.txt" --scan 20 \
        --text "$root/datasets/wikitext-2-valid.txt" --tokens 2048 --perplexity "$root/datasets/wikitext-2-test.txt" --lambada short.jsonl \
        --trace-facts 8 --window 3 --trials 5 -q -o "$name.json" --evidence "$name.h5" > "$name.tsv" 2> out || { fail "spx-tune: $name"; cat out; }
}
tune tuned env
for n in 2 4; do
    tune "tuned-$n" ranks $n
    { cmp tuned.json "tuned-$n.json" && cmp tuned.tsv "tuned-$n.tsv"; } || fail "spx-tune finds something else on $n"
    h5diff tuned.h5 "tuned-$n.h5" /trace || fail "spx-tune traces something else on $n"
done
ranks 2 spx-tune "$root/tests/data/tiny.gguf" --facts facts.jsonl --preset missing.json -o none.json > out 2>&1 && fail "spx-tune with no preset"
[ "$(grep -c 'missing.json' out)" = 1 ] || { fail "spx-tune's error is not printed exactly once"; cat out; }
exit $bad
