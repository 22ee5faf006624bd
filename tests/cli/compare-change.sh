# An edited checkpoint against its base: every tensor that cannot be compared is named, the rank of the
# change is found above the rounding of bf16, what did not change is told without a decomposition.
rounded() {
    awk -F '\t' 'function r(x) { return x == "NaN" ? x : sprintf("%.3g", x) }
        { print $3, $5, $6, $7, $4, r($8), r($9) }'
}
spx-compare golden/change-base.safetensors golden/change-edited.safetensors > table; echo "$?"
head -n 1 table
grep -e change_rank -e change_relative -e theta_max -e share_change table | rounded
awk -F '\t' '$5 == "change_rank" && $8 > 0 { print $3, $8 }' table > compared
spx-info golden/change-base.safetensors golden/change-edited.safetensors | awk -F '\t' '$9 ~ /^[1-9]/ { print $1, $9 }' | diff compared - && echo "ranks as spx-info says"
grep -e wedin -e yws table | cut -f 3,5,8
spx-compare golden/change-base.safetensors golden/change-edited.safetensors --json -t '*.0.*' -k 2 |
    grep theta_max | sed 's/"value.*//'
spx-compare golden/change-base.safetensors golden/change-edited.safetensors -o c.h5; echo "$?"
spx-spectrum golden/change-base.safetensors | cut -f 2 | uniq
# Stages in natural order, each with the base and with the one before.
mkdir s-10 s-9 && cp golden/change-edited.safetensors s-10/model.safetensors
cp golden/change-base.safetensors s-9/model.safetensors
spx-compare golden/change-base.safetensors s-10 s-9 --previous -t '*.0.*' |
    awk '$5 == "change_rank" || $5 == "svs" && $6 == "u" { printf "%s %s %s %.3g\n", $1, $2, $5, $8 }'
spx-compare golden/change-base.safetensors s-9 --previous -o p.h5; echo "$?"
spx-compare golden/change-base.safetensors s-9 -t '*.0.*' -k 100; echo "$?"
spx-compare golden/change-base.safetensors golden/change-edited.safetensors -t '*.0.*' --maps; echo "$?"
spx-compare golden/change-base.safetensors golden/change-edited.safetensors -t '*.0.*' --maps -o m.h5 2> /dev/null; echo "$?"
h5dump -y -A 0 -w 65535 -d '/tensors/model.layers.0.mlp.down_proj.weight/change_map' m.h5 | tr ',' '\n' |
    awk '/^ *[0-9][0-9.e-]* *$/ { n++; sum += $1 } END { print n, (sum > 0.4 && sum < 1 ? "inside" : sum) }'
# overlaps(k, k) of all K dominant directions is lss_g, on either side.
for side in u v; do
    h5dump -y -A 0 -w 65535 -d "/tensors/model.layers.0.mlp.down_proj.weight/overlaps_$side" m.h5 | tr ',' '\n' |
        awk '/^ *[0-9][0-9.e-]* *$/ { n++; last = $1 } END { k = int(sqrt(n) + 0.5); printf "%s %.4f\n", (k > 1 && k * k == n ? "square" : n), last }'
    awk -F '\t' -v side="$side" '$3 ~ /layers.0/ && $5 == "lss_g" && $6 == side { printf "lss_g %.4f\n", $8 }' table
done
# A stage of the same bytes as the one before is measured as that was, and what comes behind it is not.
for s in 11 12 13; do mkdir s-$s && cp golden/change-edited.safetensors s-$s/model.safetensors; done
cp golden/change-base.safetensors s-12/model.safetensors
for how in -q --previous; do
    spx-compare golden/change-base.safetensors s-1? $how -t '*.?.*' 2> /dev/null | awk -F '\t' 'NR > 1 && $2 ~ /base/' > stages
    for s in 10 11 12 13; do awk -F '\t' -v s="s-$s" -v OFS='\t' '$1 == s { $1 = ""; print }' stages > of-$s; done
    cmp of-10 of-11 && cmp of-10 of-13 && wc -l < of-12
    cmp -s of-10 of-12 && echo 'the base is as the edited one'
done
spx-compare golden/change-base.safetensors s-1? -t '*.0.*' -o stages.h5 2> /dev/null
h5dump -y -A 0 -w 65535 -d '/tensors/model.layers.0.mlp.down_proj.weight/sigma' stages.h5 | sed -n 's/^ *\([0-9][^,]*\),.*/\1/p' | sort | uniq -c | tr -s ' '
