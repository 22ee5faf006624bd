# Shares of an evaluation, joined: the run file of one process; a missing or a doubled one is refused, and what a broken run has kept is
# not asked again.
eval="spx-eval data/tiny.gguf --unedited data/tiny.gguf --facts datasets/zsre-400.json --count 30 --window 128
--perplexity datasets/wikitext-2-test.txt --tokens 4096 --stage a --items items -o"
$eval whole.h5 > whole; echo "$?"; mv items whole.items
for i in 1 2 3; do $eval s.h5 --shard "$i/3"; echo "$?"; done; ls s.h5* items
spx-merge s.h5.1of3 s.h5.3of3 -o s.h5; echo "$?"
cp s.h5.2of3 again; spx-merge s.h5.*of3 again -o s.h5; echo "$?"
$eval o.h5 --alt --shard 2/3; spx-merge s.h5.1of3 o.h5.2of3 s.h5.3of3 -o s.h5; echo "$?"
spx-merge s.h5.*of3 -o s.h5; echo "$?"
$eval s.h5 > joined; echo "$?"; cmp whole joined && cmp whole.items items && echo same
h5diff whole.h5 s.h5 | grep -v -e 'history of' -e 'differences found'; ls s.h5*
size=$(wc -c < s.h5.1of3); head -c $((size - 9)) s.h5.1of3 > r.h5.1of3
$eval r.h5 --shard 1/3 2>&1 | grep -o 'items were already in .*'; cmp s.h5.1of3 r.h5.1of3 && echo same
spx-eval data/tiny.gguf --perplexity datasets/wikitext-2-test.txt --tokens 512 --shard 1/2; echo "$?"
