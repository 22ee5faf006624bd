# Names with "=", text for LaTeX, figures that fail or have no data, and an all-zero matrix.
# shellcheck disable=SC2016,SC2046,SC2086
cat > plan.json << 'P'
{"model": "data/tiny.gguf", "facts": "datasets/counterfact-2000.json", "text": "datasets/wikitext-2-test.txt", "text_tokens": 1024,
 "layers": "1-3", "round": 3, "rounds": 2, "evaluate": {"facts": 2}, "arms": [{"name": "a=b", "lambda": 10, "steps": 2, "contexts": 0}]}
P
echo "# facts that were not all evaluated: what has no data is left out"
spx-collapse plan.json -o results > table 2> err; echo $?; grep 'left out' err; head -n 1 results/bars.tsv; test -e results/frontier.svg || echo "no frontier"
find results -name "*part*"
echo "# LABEL=PATH: the last = after which a file stands"
cp results/a=b.h5 run.h5; mkdir x=y; cp run.h5 x=y/c=d.h5
for run in run.h5 L=run.h5 L=M=run.h5 x=y/c=d.h5 N=x=y/c=d.h5; do spx-plot norm "$run" -o norm.svg; echo "$? $(sed -n 2p norm.tsv | cut -f 1)"; done
spx-plot norm L=missing.h5 -o missing.svg; echo $?; ls missing*
echo "# the text of a label is text for LaTeX too"
spx-plot norm '\input{x} 5% a_b&c#d$e^f~g=run.h5' -o l.tex; echo $?; grep -o '\\textbackslash.*g\b' l.tex
spx-plot bars run.h5 -o l.tex; echo $?; grep -c 'success / \\%' l.tex; grep 'success / %' l.tex
echo "# a picture by a link"
mkdir pictures; ln -s pictures/p.svg p.svg; spx-plot norm run.h5 -o p.svg; echo $?; ls -F p.svg p.tsv pictures; spx-plot norm run.h5 -o p.svg; echo $?; ls -F p.svg
echo "# a table that cannot be written, a run file that cannot be read: no picture is replaced, no table is left"
mkdir t.tsv; echo earlier > t.svg; spx-plot norm run.h5 -o t.svg; echo $?; cat t.svg
(ulimit -f 0; spx-plot norm run.h5 -o u.svg 2>&1 | cut -d : -f 1-3); ls u.*
head -c 3000 run.h5 > cut.h5; spx-plot norm cut.h5 -o cut.svg 2> err; echo $?; ls cut.*
echo earlier > w.tsv; spx-plot warning run.h5 --templates . -o w.svg 2> err; echo $?; ls w.*; cat w.tsv
echo "# what has no SHA-256 is said"
spx-snapshot data/tiny.gguf --stage 0 -o snap.h5; spx-snapshot snap.h5#0 --stage 1 -o snap.h5; mkdir folder; cp "$(readlink -f data)"/tiny.gguf folder
spx-snapshot data/folders/gpt2 -t '*mlp.c_proj.weight' --stage 2 -o snap.h5; echo $?
echo "# an all-zero FFN matrix"
mkdir zero; for f in data/folders/gpt2/*; do cp "$(readlink -f "$f")" zero; done; chmod u+w zero/*
file=zero/model.safetensors; head=$(od -An -t u8 -N 8 $file)
set -- $(grep -a -o '1\.mlp\.c_proj\.weight":{[^}]*' $file | grep -o '[0-9]*,[0-9]*\]$\|offsets": *\[[0-9]*, *[0-9]*' | grep -o '[0-9]*')
dd if=/dev/zero of=$file bs=1 seek=$((8 + head + $1)) count=$(($2 - $1)) conv=notrunc 2> err
spx-stats zero --text datasets/wikitext-2-test.txt --tokens 1024 --window 128 --layers 0-1 -o zero.h5 > table
for options in "" "--filter revive --tau 0.2" "--filter revive --rank 4" "--filter dg-hard"; do
    spx-edit zero --facts datasets/counterfact-2000.json --stats zero.h5 --layers 0-1 --lambda 10 --contexts 0 --steps 2 --round 2 --rounds 1 -q -o edited.h5 $options; echo $?
    ls edited*
done
