#!/bin/sh
# generate.sh BIN OUT TOOL...: pages of the manual, completions and the list of tools, of what the tools in BIN and
# manual_pages say about themselves (--help=man, --help=options).
set -eu
bin=$1 out=$2
shift 2
here=$(dirname "$0")
man=$out/man bash=$out/bash-completion/completions zsh=$out/zsh/site-functions fish=$out/fish/vendor_completions.d
mkdir -p "$man/man1" "$man/man5" "$man/man7" "$bash" "$zsh" "$fish" "$out/spx"
all=$(mktemp) && trap 'rm -f "$all" "$all.tools"' EXIT
for tool in "$@"; do
    "$bin/$tool" --help=man > "$man/man1/$tool.1"
    "$bin/$tool" --help=options >> "$all"
done
for page in plan.5 run.5 checkpoints.7; do
    "$bin/manual_pages" "${page%.*}" > "$man/man${page#*.}/spx-$page"
done
awk -F '\t' '$1 == "tool" && $2 != "spx" {print $3 "\t" $2 "\t" $4 "\t" $5}' "$all" > "$all.tools"
awk -F '\t' -f "$here/spx_page.awk" "$all.tools" "$man/man1/spx.1" > "$man/spx.1" && mv "$man/spx.1" "$man/man1/spx.1"
awk -F '\t' -f "$here/bash.awk" "$all" > "$bash/spx"
awk -F '\t' -f "$here/zsh.awk" "$all" > "$zsh/_spx"
for tool in "$@"; do
    [ "$tool" = spx ] || ln -sf spx "$bash/$tool"
    awk -F '\t' -v tool="$tool" -f "$here/fish.awk" "$all" > "$fish/$tool.fish"
done
cp "$all.tools" "$out/spx/tools.tsv" # last: the build takes it as the sign that all is made
