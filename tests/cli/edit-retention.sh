# The triangle: at every stage the facts of each round so far are tested again; rounds to come are NaN.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 1024 --window 256 --layers 1-3 -o stats.h5 > table
spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-3 --lambda 10 --contexts 0 --steps 3 \
    --round 3 --rounds 3 --retention 2 -q -o run.h5
h5dump -d /retention/rewrite_success -y -A 0 run.h5 | sed -n '/DATA {/,/}/p' | tr -d ' \n' | sed 's/[0-9.]\{1,\}/N/g'; echo
h5dump -n run.h5 | grep ' /retention/' | tr -s ' '
