# Filters between two checkpoints: none gives the edited model back, revive keeps the protected triples; what else
# changed is kept and said; inputs and outputs are those of the matrix however it is stored.
run() { "$@"; echo "status $?"; }
spx-filter --list | cut -f 1,2,5
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 2048 --window 256 --layers 0-2 -o stats.h5 > table
spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 0-2 --lambda 1 --contexts 0 --steps 4 \
    --round 3 --rounds 1 --snapshots 1 -q -o run.h5
spx-export run.h5#last --model data/tiny.gguf -o edited.gguf
spx-filter data/tiny.gguf edited.gguf --filter none -o same.gguf | cut -f 1-4 && spx-info edited.gguf same.gguf | wc -l
spx-filter data/tiny.gguf edited.gguf --tau 0.2 -o safe.gguf |
    awk 'NR == 1 { print } NR > 1 { print $1, $2, $3, $4, ($6 < $5), ($7 + $8 - $9 + ($6 / $5) ^ 2 - 1) ^ 2 < 1e-12 }'
spx-compare data/tiny.gguf safe.gguf --tau 0.2 | awk '$5 == "triple_residual" && $4 < 3 { print $3, ($8 < 2e-7 ? "exact" : $8) }'
for basis in current edited; do # under REVIVE what is left has no part in the directions of that weight
    spx-filter data/tiny.gguf edited.gguf --tau 0.2 --basis $basis --dtype F32 -o kept-$basis.gguf > table
    spx-filter data/tiny.gguf kept-$basis.gguf --tau 0.2 | awk -v b=$basis 'NR > 1 { print b, ($7 + $8 < 1e-9 ? "the base keeps its" : "the base does not keep its") }'
done
spx-filter data/tiny.gguf edited.gguf --filter scale --keep 0.25 | awk 'NR > 1 { print $1, $6 / $5 }'
spx-filter data/tiny.gguf run.h5#last --tau 0.2 -o stage.gguf > table && spx-info safe.gguf stage.gguf | wc -l
spx-filter data/tiny.gguf edited.gguf --filter block -t 'blk.1.*' --json | sed 's/-\{0,1\}[0-9.e-]*[0-9]}/x}/; s/norm": [^,]*/norm": x/g; s/share_\([a-z]*\)": [^,}]*/share_\1": x/g'
spx-filter data/hf-block0.safetensors run.h5#last --tau 0.2 -o block0.safetensors | cut -f 1-3
spx-info block0.safetensors safe.gguf -t '*down_proj*' | cut -f 1-3
for f in left sphere rect norm-cap dg-hard; do spx-filter data/tiny.gguf edited.gguf --filter $f | awk -v f=$f 'NR > 1 && $6 > $5 { print f, "grew" }'; done
spx-filter data/tiny.gguf edited.gguf --filter alphaedit --stats stats.h5 --threshold 0.5 | cut -f 1-3
# A matrix of 2 outputs and 3 inputs, stored in x out: diag(4, 1), then 1 more everywhere.
header='{"h.0.mlp.c_proj.weight":{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]}}'
one() { printf '\116\0\0\0\0\0\0\0%s ' "$header"; printf %b "$1"; }
O='\0\0\0\0' I='\0\0\0200\0077' II='\0\0\0\0100' IV='\0\0\0200\0100' V='\0\0\0240\0100'
one "$IV$O$O$I$O$O" > base.safetensors
one "$V$I$I$II$I$I" > later.safetensors
for f in left right revive; do
    spx-filter base.safetensors later.safetensors --filter $f --rank 1 -o out.safetensors > table
    tail -c 24 out.safetensors | od -An -v -w24 -t f4
done
run spx-filter data/tiny.gguf
run spx-filter data/tiny.gguf data/tiny.gguf
run spx-filter data/tiny.gguf edited.gguf --filter what
run spx-filter data/tiny.gguf edited.gguf --filter left --alpha 2
run spx-filter data/tiny.gguf edited.gguf --filter alphaedit
run spx-filter data/tiny.gguf edited.gguf -t nothing
run spx-filter data/tiny.gguf edited.gguf --dtype Q9 -o out.gguf
ls ./*.gguf
