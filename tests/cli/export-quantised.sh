# An edited weight of a quantised model: in its own type refused; in BF16 written without companions, and config.json says so.
q=data/quantised
spx-snapshot $q/model_bf16 -q -t '*layers.1.mlp.down_proj.weight' -o run.h5 --stage edited
spx-export run.h5#edited --model $q/model_fp8 -q -o refused; echo "own type: $?"
spx-export run.h5#edited --model $q/model_fp8 --dtype BF16 -q -o refused.safetensors; echo "one file: $?"
spx-export run.h5#edited --model $q/model_gptq --dtype BF16 -q -o refused; echo "gptq: $?"
ls
for m in fp8 int8; do
    spx-export run.h5#edited --model $q/model_$m --dtype BF16 -q -o out_$m
    spx-info -q $q/model_$m out_$m | cut -f 1-8
    spx-info -q out_$m -t '*layers.1.mlp.down_proj*' | cut -f 1-6
    sed -n '/quantization_config/,$p' out_$m/config.json
done
spx-perturb $q/model_fp8 --keep 0.5 -q -o kept; echo "perturb: $?"
spx-perturb $q/model_fp8 --keep 0.5 --dtype BF16 -q -o kept > /dev/null; echo "perturb: $?"
spx-info -q $q/model_fp8 kept | cut -f 1-5
