# A leading share of the spectrum kept, one group of it disturbed: what is written has the spectrum that was said.
spx-perturb data/tiny.gguf --keep 0.25 -o kept.gguf --dtype F32 > kept; echo $?
head -n 2 kept | cut -f 1-5
spx-spectrum kept.gguf -t 'blk.0.ffn_down*' --values | awk 'NR > 1 && NR < 20 { print ($7 > 1e-6 ? "left" : "gone") }' | sort | uniq -c | tr -s ' '
spx-perturb data/tiny.gguf --keep 0.5 --share-of sum -t 'blk.0.ffn_down*' -o half.gguf | cut -f 3-5
for noise in block diagonal left right; do
    spx-perturb data/tiny.gguf --group 2 --groups 8 --noise $noise --size 0.2 --seed 3 --dtype F32 -t 'blk.0.ffn_down*' -o $noise.gguf \
        | awk 'NR == 2 { printf "%s %s-%s %.6f\n", "'$noise'", $3, $4, $6 }'
done
spx-perturb data/tiny.gguf --group 2 --groups 8 --size 0.2 --seed 3 --dtype F32 -t 'blk.0.ffn_down*' -o again.gguf > table
cmp block.gguf again.gguf && echo "the same again"
spx-info data/tiny.gguf block.gguf | cut -f 1,3,9
spx-perturb data/tiny.gguf --keep 1 --dtype F32 -o all.gguf > table; spx-info data/tiny.gguf all.gguf | awk 'NR > 1 && $8 > 1e-6'
spx-perturb data/tiny.gguf --keep 0.5 --group 1 -o no.gguf; echo $?
spx-perturb data/tiny.gguf --group 9 --groups 8 -o no.gguf; echo $?
spx-perturb data/tiny.gguf --group 1 --noise pink -o no.gguf; echo $?
spx-perturb data/tiny.gguf --keep 0.5 -t '*norm*' -o no.gguf; echo $?
spx-perturb data/tiny.gguf --group 2 --groups 1000 -o no.gguf; echo $?
ls ./*.gguf
