# Stages kept, their spectra, and a base compared with them: by name, as JSON, and into a run file.
spx-snapshot data/tiny.gguf -o run.h5 --stage base --edits 0
spx-snapshot data/tiny.gguf -o run.h5 --stage 100
spx-snapshot data/tiny.gguf -o run.h5 --stage base; echo "again: $?"
spx-spectrum run.h5 -t '*.2.*' | awk '$6 != "svd_residual" { $7 = sprintf("%.5g", $7); print } $6 == "svd_residual" { print $1, ($7 < 1e-13 ? "good" : $7) }'
# A tensor that a stage leaves as it is has the numbers of the stage before; a changed one its own.
mkdir s-1 s-2 s-3 && cp golden/change-base.safetensors s-1/model.safetensors
cp golden/change-base.safetensors s-2/model.safetensors && cp golden/change-edited.safetensors s-3/model.safetensors
spx-spectrum s-1 s-2 s-3 -t '*.0.*' > along 2> /dev/null; echo "$?"
for s in 1 2 3; do
    grep "^s-$s" along > one && spx-spectrum "s-$s" -t '*.0.*' > alone && sed 1d alone | cmp - one && echo "s-$s alone as along"
done
spx-spectrum data/tiny.gguf -t 'blk.3.ffn_down*' --values | awk 'NR < 5 { $7 = sprintf("%.5g", $7); print } END { print NR }'
spx-spectrum data/tiny.gguf --engine full -t 'blk.3.ffn_down*' --json | grep nuclear | cut -c 1-170
spx-spectrum data/tiny.gguf --engine randomized; echo $?
spx-compare run.h5#base run.h5 -t '*.3.*' | cut -f 1,2,3,5,6,8 | grep -e theta_max -e svs -e change_fro
spx-compare run.h5#base run.h5#100 -k 3 --json -t '*.3.*' | head -n 1 | cut -c 1-140
spx-compare data/tiny.gguf run.h5#100 -o compared.h5 && spx-spectrum run.h5 -o spectra.h5 && ls ./*.h5
spx-plot spectrum spectra.h5 -o spectrum.pdf && head -c 4 spectrum.pdf && wc -l < spectrum.tsv
