# Metrics kept at stages of a run file: one made, one added, one added to; what else is refused.
eval="spx-eval data/tiny.gguf --window 128"
$eval --perplexity datasets/wikitext-2-test.txt --tokens 256 -o run.h5 --stage base --edits 0.5 | cut -f 1,2,6
$eval --perplexity datasets/wikitext-2-test.txt --tokens 256 -o run.h5 --stage again > table
$eval --lambada datasets/lambada-500.jsonl --lambada-items 4 -o run.h5 --stage base > table
h5dump -d /stage -d /stage_name -d /evaluation/lambada_items -d /evaluation/perplexity_items -y -A 0 run.h5 | grep -E '^ *(\([0-9]\): )?["0-9].*'
$eval --perplexity datasets/wikitext-2-test.txt --tokens 256 -o run.h5; echo $?
$eval --perplexity datasets/wikitext-2-test.txt --tokens 256 --stage base; echo $?
$eval --perplexity datasets/wikitext-2-test.txt --tokens 256 -o missing/run.h5 --stage base > table; echo $?
ls ./*.h5*
