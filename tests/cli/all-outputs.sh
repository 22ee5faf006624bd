# What is written is whole or not there: full disks, devices, links, pipes, limits, closed descriptors.
# shellcheck disable=SC2086
good() { echo earlier > "$1"; }
spx-info data/tiny.gguf > short; spx-spectrum data/tiny.gguf --all > long
echo "# standard output on a full disk: shorter and longer than the buffer, --help, --version"
for tool in "info data/tiny.gguf" "spectrum data/tiny.gguf --all" "compare data/tiny.gguf data/tiny.gguf" "info --help" "plot list" "edit --version"; do
    spx-$tool > /dev/full; echo "$tool: $?"
done
spx-info data/tiny.gguf -o /dev/full; echo $?
echo "# a limit on the size of files: the earlier file stays, no part is left"
good table.tsv
(ulimit -f 1; spx-spectrum data/tiny.gguf --all -o table.tsv; echo $?); cat table.tsv; ls table*
(trap '' XFSZ; ulimit -f 1; spx-eval data/tiny.gguf --perplexity datasets/wikitext-2-test.txt --tokens 2048 --window 8 --items table.tsv > scores; echo $?); cat table.tsv; ls table*
echo "# a device stays one, a link stays one, and its target may be missing"
spx-info data/tiny.gguf -o /dev/null; echo $?; test -c /dev/null && echo device
mkdir there; good there/target; chmod 600 there/target; ln -s there/target link; ln -s there/new dangling; ln -s loop loop
spx-info data/tiny.gguf -o link; echo $?; test -L link && cmp there/target short && stat -c %a there/target
spx-info data/tiny.gguf -o dangling; echo $?; test -L dangling && cmp there/new short
spx-info data/tiny.gguf -o loop; echo $?
spx-eval data/tiny.gguf --perplexity datasets/wikitext-2-test.txt --tokens 64 --window 8 --items link > scores; echo $?; test -L link && head -n 1 there/target
ls there
echo "# a named pipe with and without a reader, a folder, a missing folder"
mkfifo pipe; spx-info data/tiny.gguf -o pipe; echo $?
cat pipe > piped & sleep 0.2; spx-info data/tiny.gguf -o pipe; echo $?; wait; cmp piped short
spx-info data/tiny.gguf -o there; echo $?
spx-info data/tiny.gguf -o none/x; echo $?
spx-info missing.gguf -o there/target; echo $?; ls there; head -n 1 there/target
echo "# another process that writes the same file"
(flock 9; spx-info data/tiny.gguf -o busy; echo $?; ls busy*) 9> busy.part
echo "# descriptors that are closed at the start are not given to files"
for fd in '0<&-' '1>&-' '2>&-' '0<&- 1>&- 2>&-'; do eval "spx-spectrum data/tiny.gguf --all -o closed.tsv $fd"; echo "$? $(cmp closed.tsv long)"; done
spx-spectrum data/tiny.gguf --all --quiet 0<&- > closed.tsv; cmp closed.tsv long
