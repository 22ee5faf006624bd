#!/bin/sh
# memory.sh: peak resident memory of spx-info on two checkpoints of 14.5 GB (bf16, the shapes of an 8B model; sparse on disk), of which
# two FFN output projections and the embedding differ, and on one of them. Needs GNU time.
set -eu
cd "$(dirname "$0")/../.."
cmake --preset release > /dev/null
cmake --build --preset release -j "$(nproc)" --target spx-info > /dev/null
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
awk 'function add(name, rows, cols) {
        printf "%s\"%s\":{\"dtype\":\"BF16\",\"shape\":[%d,%d],\"data_offsets\":[%.0f,%.0f]}", at ? "," : "{", name, rows, cols, at, at + 2 * rows * cols
        at += 2 * rows * cols
    }
    BEGIN {
        add("model.embed_tokens.weight", 128256, 4096)
        for (l = 0; l < 32; l++) {
            p = "model.layers." l "."
            add(p "mlp.down_proj.weight", 4096, 14336); add(p "mlp.up_proj.weight", 14336, 4096); add(p "mlp.gate_proj.weight", 14336, 4096)
            add(p "self_attn.q_proj.weight", 4096, 4096); add(p "self_attn.o_proj.weight", 4096, 4096)
        }
        print "}"
    }' > "$dir/header"
size=$(grep -o '[0-9]*\]}}' "$dir/header" | tr -d ']}') length=$(($(wc -c < "$dir/header") + 0))
for f in base edited; do # the length in eight bytes, the header, zeros
    { printf '%b' "\\0$(printf %o $((length % 256)))\\0$(printf %o $((length / 256)))\\0\\0\\0\\0\\0\\0"; cat "$dir/header"; } > "$dir/$f.safetensors"
    truncate -s $((8 + length + size)) "$dir/$f.safetensors"
done
poke() { printf '\200\077' | dd of="$dir/edited.safetensors" bs=1 seek=$((8 + length + 2 * $1)) conv=notrunc 2> /dev/null; }
embed=$((128256 * 4096)) block=$((3 * 4096 * 14336 + 2 * 4096 * 4096))
poke 12345678
poke $((embed + 5 * block + 1000))
poke $((embed + 20 * block + 50000000))
poke $((embed + 20 * block + 3))
printf 'bytes of each\t%s\n' $((8 + length + size))
measure() { /usr/bin/time -f "$1\tpeak %M KiB\t%e s" build/release/tools/spx-info -q "$dir/base.safetensors" ${2:+"$dir/$2.safetensors"} > "$dir/out" || [ $? = 1 ]; }
measure "two checkpoints" edited
cut -f 1,3,9 "$dir/out"
measure "one checkpoint"
