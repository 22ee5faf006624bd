# Several stacks in one file, experts, orientation: what stands for what.
echo "--- a text model and a vision-language model: the tower is added, not compared"
spx-info -q data/odd/text.safetensors data/odd/vlm.safetensors | cut -f 1-3
spx-compare -q data/odd/text.safetensors data/odd/vlm.safetensors | grep lss_r
spx-spectrum -q data/odd/vlm.safetensors | grep -w nuclear | cut -f 2,7
spx-spectrum -q data/odd/vlm.safetensors -t 'vision*' | grep -w nuclear | cut -f 2,7
echo "--- two that fit equally well are refused by name"
spx-info -q data/odd/text.safetensors data/odd/ambiguous.safetensors | cut -f 1-3
spx-compare -q data/odd/text.safetensors data/odd/ambiguous.safetensors
spx-filter -q data/odd/ambiguous.safetensors data/odd/text-edited.safetensors --filter none -o f.safetensors
spx-snapshot -q data/odd/text-edited.safetensors --stage e -o e.h5
spx-export -q e.h5#e --model data/odd/ambiguous.safetensors -o out.safetensors
echo "--- language weights go into the language model"
spx-export -q e.h5#e --model data/odd/vlm.safetensors -o out.safetensors
spx-info -q data/odd/vlm.safetensors out.safetensors | cut -f 1-3
echo "--- experts are matrices of their own, stacked or apart"
spx-info -q data/odd/stacked.safetensors | cut -f 1-4
spx-info -q data/odd/stacked.safetensors data/odd/experts.safetensors | cut -f 1-3
spx-spectrum -q data/odd/stacked.safetensors -t 'model.layers.0.mlp.experts.down_proj[1]' | grep -w nuclear | cut -f 2,7
spx-snapshot -q data/odd/experts.safetensors --stage e -o x.h5
spx-export -q x.h5#e --model data/odd/stacked.safetensors -o x.safetensors
spx-info -q x.safetensors data/odd/experts.safetensors | cut -f 1-3
echo "--- stored outputs x inputs or inputs x outputs, under the same names"
spx-info -q data/odd/neo.safetensors --json | sed 's/, "bytes.*//'
spx-info -q data/odd/neo.safetensors data/odd/gpt2.safetensors
