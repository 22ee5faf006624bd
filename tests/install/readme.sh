#!/bin/sh
# readme.sh BUILD [README]: installs BUILD into an empty prefix and runs what README tells a reader to type (readme.awk says
# which commands those are), with the installed tools and data. Names in capital letters, and files that nothing before has
# made, are stand-ins: a small random model, what the tools make of it, a few facts. Only base.gguf is the model that
# datasets/fetch.sh fetches; sections that name it are left out, and said to be, where it cannot be fetched. What a block shows
# must be what its commands print, numbers to one in the last digit shown; a line of "..." stands for any lines. Every
# installed tool must be run, every option, linked file and file of the sources named in the README and in tools/README.md must exist.
# Prints a line a command; the first that does not hold ends the test with status 1.
set -eu
here=$(cd "$(dirname "$0")" && pwd) root=$(cd "$(dirname "$0")/../.." && pwd)
readme=$(realpath "${2:-$root/README.md}")
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
in=$work/in blocks=$work/blocks
fail() { echo "FAILED: $*" >&2; exit 1; }
quietly() { "$@" > "$work/log" 2>&1 || [ $? = 1 ] || { cat "$work/log" >&2; fail "$*"; }; }

cmake --install "$1" --prefix "$work/prefix" > "$work/log" || { cat "$work/log"; exit 1; }
mkdir -p "$in" "$blocks" "$work/bin"
# Runs the installed tool and notes that it ran, and how it ended. After one that found nothing (status 1) what it
# was to write is the stand-in.
for tool in "$work"/prefix/bin/*; do
    # shellcheck disable=SC2016  # what the wrapper expands
    printf '#!/bin/sh\n"%s" "$@"\ns=$?\necho "${0##*/} $s" >> "%s/ran"\n[ $s != 1 ] || cp -r --remove-destination "%s/." .\nexit $s\n' "$tool" "$work" "$in" > "$work/bin/${tool##*/}"
done
chmod +x "$work"/bin/*
real=$work/prefix/bin
PATH=$work/bin:$PATH LC_ALL=C OMP_WAIT_POLICY=passive
export PATH LC_ALL OMP_WAIT_POLICY
data=$("$real/spx" --data)

# The stand-ins.
cd "$in"
python3 "$here/stand_in.py" "$root/tests/data/folders/llama" BASE
for name in MODEL A B CHECKPOINT; do ln -s BASE $name; done
ln -s "$data/datasets" datasets
ln -s datasets/prefixes.txt PREFIXES
ln -s datasets/presets/smollm2-135m.json PRESET.json
ln -s datasets/counterfact-2000.json FACTS.json
ln -s datasets/presets/smollm2-135m.json preset.json
sed 's/llama 30x576x1536 rope 100000/llama 12x32x48 rope 10000/' PRESET.json > "$data/datasets/presets/stand-in.json" # the kit knows MODEL
yes '{"text": "The cat sat on the mat."}' | head -n 160 > passages.jsonl
sed -n '2,260p' datasets/counterfact-2000.json | sed 's/,$//' | cat "$root/tests/data/tiny-known.jsonl" - > known.jsonl
quietly "$real/spx-tune" "$root/tests/data/tiny.gguf" --facts known.jsonl --preset none --lambada passages.jsonl --scan 20 --tokens 2048 --trace-facts 8 \
    --window 3 --trials 2 --evidence tune.h5 -o tiny.json
head -c 20000 datasets/wikitext-2-valid.txt > TEXT
quietly "$real/spx-perturb" BASE --group 1 -o EDITED
for i in 1 2; do quietly "$real/spx-perturb" BASE --group $i --size 0.$i -o checkpoint-$i; done
quietly "$real/spx-export" --as lora BASE EDITED -o ADAPTER
quietly "$real/spx-stats" MODEL --text TEXT -o STATS.h5
for name in RUN A B; do
    quietly "$real/spx-edit" MODEL --facts FACTS.json --stats STATS.h5 --preset PRESET.json --prefixes PREFIXES --round 1 --rounds 12 -o $name.h5
done
cat > PLAN.json << END
{"model": "BASE", "facts": "FACTS.json", "text": "TEXT", "preset": "PRESET.json", "prefixes": "PREFIXES", "round": 2, "rounds": 3,
 "evaluate": {"facts": 4}, "arms": [{"name": "memit"}, {"name": "revive", "filter": "revive"}]}
END
if model=$(sh "$root/datasets/fetch.sh" 2> "$work/log"); then
    ln -s "$model" base.gguf
else
    echo "no model could be fetched"
fi

# Runs one file of commands in its section's folder; where it is an output that is wanted, no stand-in has its name.
run() {
    folder=$work/run/$(cat "${1%.*}.section")
    if [ ! -e "$folder" ]; then
        mkdir -p "$folder"
        cp -r "$in"/. "$folder"
    fi
    sed -n 's/ \(-o\|--evidence\) /\n-o /gp' "$2" | sed -n 's/^-o \([^ ]*\).*/\1/p' | while read -r made; do rm -rf "${folder:?}/$made"; done
    : > "$work/ran"
    (cd "$folder" && sh -u "$2") > "$work/out" 2> "$work/err" || true
    if [ ! -s "$work/ran" ] || awk '$2 > 1' "$work/ran" | grep . >&2; then
        cat "$2" "$work/err" >&2
        fail "$1"
    fi
    ! grep "^sh: \|^$2: " "$work/err" >&2 || fail "$1" # of the shell
    cut -d ' ' -f 1 "$work/ran" >> "$work/all"
}

awk -v out="$blocks" -f "$here/readme.awk" "$readme"
[ "$(find "$blocks" -name '*.sh' | wc -l)" -ge 15 ] || fail "too few commands found in $readme"
for block in "$blocks"/*.sh "$blocks"/*.console; do
    if [ ! -e "$in/base.gguf" ] && grep -q 'base[.]gguf' "$block"; then
        echo "line $(basename "${block%.*}"): left out"
        continue
    fi
    case $block in
    *.sh) run "$block" "$block" ;;
    *)
        sed -n 's/^[$] //p' "$block" > "$work/commands"
        grep -v '^[$] ' "$block" > "$work/shown"
        run "$block" "$work/commands"
        awk -f "$here/shown.awk" "$work/shown" "$work/out" || fail "$block shows something else"
        ;;
    esac
    echo "line $(basename "${block%.*}"): $(sort "$work/ran" | uniq | cut -d ' ' -f 1 | uniq | xargs)"
done
for tool in "$real"/spx-*; do
    grep -qx "${tool##*/}" "$work/all" || fail "$readme gives no command of ${tool##*/}"
done

# Names of tools, options, pages of the manual and files.
find "$work/prefix/share/man" -name '*.[57]' -exec basename {} ';' | sed 's/[.][57]$//' > "$work/names"
for tool in "$real"/*; do "$tool" --help=options; done |
    awk -F '\t' '$1 == "tool" {t = $2; print t} $1 == "option" {print t " --" $3; if ($2 != "-") print t " -" $2}' >> "$work/names"
for page in "$readme" "$root/tools/README.md"; do
    awk -v page="$page" -f "$here/named.awk" "$work/names" "$page" || fail "$page names what is not there"
    grep -o ']([^)]*)' "$page" | sed 's/^](//; s/)$//' | grep -v '^https\?:' | while read -r link; do
        [ -e "$(dirname "$page")/$link" ] || fail "$page links to $link, which is not there"
    done
    grep -oE '(`|sh )(datasets|include|libspectra|plots|tests|tools)/[A-Za-z0-9._/-]*' "$page" | sed 's/^`//; s/^sh //' | while read -r path; do
        [ -e "$root/$path" ] || fail "$page names $path, which is not there"
    done
done
echo "the README holds"
