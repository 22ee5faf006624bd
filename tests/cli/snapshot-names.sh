# Any name of a tensor is kept in a run file and found again.
spx-snapshot data/odd/names.safetensors -t '*' --stage a -o n.h5
spx-snapshot data/odd/names.safetensors -t '*' --stage b -o n.h5
spx-info -q n.h5#a data/odd/names.safetensors
spx-info -q n.h5#b -t . -t 'params/*' | cut -f 1,4
spx-compare -q --all data/odd/names.safetensors n.h5 -o m.h5
spx-plot -q layers m.h5 -o layers.svg && spx-plot -q subspace -t a//b m.h5 -o one.svg && ls ./*.svg
