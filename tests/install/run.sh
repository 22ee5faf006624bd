#!/bin/sh
# run.sh BUILD: installs BUILD into an empty prefix, hides the source tree and the build, and from another folder runs
# every tool's main job, compiles and runs angles.c by pkg-config and by the CMake package, shared and static, and
# reads every page of the manual. Prints one line a step; the first failure ends it with status 1.
# Hidden by a mount namespace of its own where that is allowed (root, or unprivileged user namespaces); otherwise
# skipped with status 77.
set -eu
if [ -z "${SPX_TEST_HIDDEN:-}" ]; then
    build=$(cd "$1" && pwd) root=$(cd "$(dirname "$0")/../.." && pwd)
    work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
    cmake --install "$build" --prefix "$work/prefix" > "$work/install.log" || { cat "$work/install.log"; exit 1; }
    mv "$work/prefix" "$work/moved" # a prefix may be moved
    mkdir "$work/in" "$work/run"
    cp -r "$root/tests/install" "$root/tests/data/tiny.gguf" "$root/tests/golden"/angles* "$root/tests/golden"/change-* "$work/in"
    for how in "unshare --mount" "unshare --user --map-root-user --mount"; do
        $how true 2> /dev/null || continue
        SPX_TEST_HIDDEN=1 $how sh "$work/in/install/run.sh" "$root" "$work" && exit 0
        exit 1
    done
    echo "run.sh: no mount namespaces here; skipped" >&2
    exit 77
fi

hidden=$1 work=$2
mount -t tmpfs none "$hidden"
prefix=$work/moved in=$work/in
cd "$work/run"
PATH=$prefix/bin:$PATH
export PATH
step() { printf '%s\n' "$*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
run() { "$@" > out 2> err || { cat out err >&2; fail "$*"; }; }

[ ! -e "$hidden/CMakeLists.txt" ] || fail "the source tree is still there"
data=$(spx --data)
[ "$(cd "$data" && pwd -P)" = "$(cd "$prefix/share/spx" && pwd -P)" ] || fail "spx --data says $data"

step "tools"
facts=$data/datasets/counterfact-2000.json text=$data/datasets/wikitext-2-test.txt
run spx info "$in/tiny.gguf"
run spx stats "$in/tiny.gguf" --text "$text" --tokens 1024 --window 256 --layers 1-3 -o stats.h5
for filter in none revive; do
    run spx edit "$in/tiny.gguf" --facts "$facts" --stats stats.h5 --layers 1-3 --lambda 10 --contexts 1 --steps 3 --round 3 --rounds 2 \
        --prefixes "$data/datasets/prefixes.txt" --filter $filter --tau 0.2 --perplexity "$text" --tokens 256 --window 128 -o $filter.h5
done
spx tune "$in/tiny.gguf" --facts "$facts" --scan 20 --evidence tune.h5 > out 2> err || [ "$?" = 1 ] || { cat err >&2; fail "spx tune"; }
grep -q 'No layer stores facts' err || fail "spx tune found facts in a model that has none"
run spx export none.h5#r2 --model "$in/tiny.gguf" -o edited.gguf
run spx spectrum edited.gguf -o spectrum.h5
run spx compare "$in/tiny.gguf" edited.gguf
spx diagnose "$in/tiny.gguf" edited.gguf -o diagnosis > out 2> err || [ "$?" = 1 ] || { cat err >&2; fail "spx diagnose"; }
[ -s diagnosis/report.html ] || fail "spx diagnose wrote no page"
run spx filter "$in/tiny.gguf" edited.gguf --filter revive --tau 0.2 -o safe.gguf
run spx perturb "$in/tiny.gguf" --keep 0.5 -o half.gguf
run spx eval edited.gguf --perplexity "$text" --tokens 256 --window 128
run spx snapshot "$in/change-base.safetensors" -o kept.h5 --stage base
run spx spectrum edited.gguf --shard 1/2 -o part.h5
run spx spectrum edited.gguf --shard 2/2 -o part.h5
run spx merge part.h5.1of2 part.h5.2of2 -o part.h5
if command -v gnuplot > /dev/null; then
    run spx plot subspace A=none.h5 B=revive.h5 -o subspace.svg
    grep -q '</svg>' subspace.svg || fail "subspace.svg is not complete"
else
    step "no gnuplot: no figures"
fi
cat > plan.json << END
{"model": "$in/tiny.gguf", "facts": "$facts", "text": "$text", "text_tokens": 1024, "layers": "1-3", "round": 2, "rounds": 1,
 "evaluate": {"facts": 2}, "arms": [{"name": "memit", "contexts": 0, "steps": 2}]}
END
run spx collapse plan.json --arm memit -o results
if command -v gnuplot > /dev/null; then
    run spx collapse plan.json -o results
    [ -s results/report.html ] || fail "spx collapse wrote no report"
fi
for tool in "$prefix"/bin/spx-*; do # every tool was run above
    name=${tool##*/spx-}
    grep -q "^\( *run \)*spx $name " "$in/install/run.sh" || fail "spx-$name is not run by this test"
done

step "library"
nm -D --defined-only "$(find "$prefix" -name libspx.so)" > symbols
[ "$(grep -c ' T spx_' symbols)" -gt 300 ] || fail "too few symbols: $(wc -l < symbols)"
! grep -v ' spx_' symbols || fail "symbols that are not the library's own"
pc=$(dirname "$(find "$prefix" -name spx.pc)")
export PKG_CONFIG_PATH="$pc:${PKG_CONFIG_PATH:-}"
# shellcheck disable=SC2046
run cc -std=c11 -Wall -Wextra -Wpedantic -Werror "$in/install/angles.c" $(pkg-config --cflags --libs spx) -o angles
lib=$(pkg-config --variable=libdir spx)
LD_LIBRARY_PATH=$lib ./angles "$in/angles-a.npy" "$in/angles-b.npy" > angles.txt
cmp angles.txt "$in/angles.txt" || fail "angles by pkg-config"
run cmake -S "$in/install" -B cmake -D CMAKE_PREFIX_PATH="$prefix"
run cmake --build cmake
for kind in spx static; do
    ./cmake/angles_$kind "$in/angles-a.npy" "$in/angles-b.npy" > angles.txt
    cmp angles.txt "$in/angles.txt" || fail "angles by the CMake package: $kind"
done
if command -v c++ > /dev/null; then
    echo '#include <spx/spx.h>
int main() { return spx_version()[0] != SPX_VERSION[0]; }' > version.cc
    # shellcheck disable=SC2046
    run c++ -Wall -Wextra -Wpedantic -Werror version.cc $(pkg-config --cflags --libs spx) -o version
    LD_LIBRARY_PATH=$lib ./version || fail "version from C++"
fi

step "manual"
for page in "$prefix"/share/man/man?/*; do
    if command -v mandoc > /dev/null; then
        mandoc -T lint -W warning "$page" || fail "lint of $page"
        mandoc -T utf8 "$page" > out
    else
        MANWIDTH=80 man -l "$page" > out
    fi
    [ "$(wc -l < out)" -gt 20 ] || fail "$page is empty"
done
for tool in "$prefix"/bin/*; do
    [ -e "$prefix/share/man/man1/${tool##*/}.1" ] || fail "no page of ${tool##*/}"
done

step "completion"
bash -c "COMP_WORDS=(spx-edit --editor prun); COMP_CWORD=2; . '$prefix/share/bash-completion/completions/spx-edit'; _spx; printf '%s\n' \"\${COMPREPLY[@]}\"" > out
grep -qx prune-compat out || fail "bash does not complete the names of editors"
bash -c "COMP_WORDS=(spx comp); COMP_CWORD=1; . '$prefix/share/bash-completion/completions/spx'; _spx; printf '%s\n' \"\${COMPREPLY[@]}\"" > out
grep -qx compare out || fail "bash does not complete the names of tools"
! command -v zsh > /dev/null || zsh -n "$prefix/share/zsh/site-functions/_spx" || fail "zsh completion"
if command -v fish > /dev/null; then
    for f in "$prefix"/share/fish/vendor_completions.d/*; do fish -n "$f" || fail "$f"; done
    HOME=$work fish -c "source '$prefix/share/fish/vendor_completions.d/spx-edit.fish'; complete -C 'spx-edit --editor prun'" > out
    grep -q prune-compat out || fail "fish does not complete the names of editors"
fi
step "all installed"
