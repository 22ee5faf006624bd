# One odd tensor never refuses a file: it is listed, and refused by name where its values are wanted.
for f in types.pt records.npy complex.npy empty.npy odd.npz odd.gguf; do
    echo "$f"
    spx-info -q data/odd/$f | cut -f 1-10
done
echo "--- a view is what its strides say; an index says which shard counts"
spx-info -q data/odd/views.pt data/odd/views.safetensors | cut -f 1-3
spx-info data/odd/overlay data/odd/text-edited.safetensors | cut -f 1-3
echo "--- containers"
for f in deepspeed net nanogpt ema deep slice bare list two zero3; do
    echo "$f"
    spx-info data/odd/$f.pt | cut -f 1,4,5
done
echo "--- refused where values are wanted"
spx-spectrum data/odd/types.pt -t negated
spx-snapshot data/odd/types.pt -t quantised --stage s -o s.h5
spx-spectrum data/odd/odd.npz -t none
ls
