#!/bin/sh
# ends.sh BIN ROOT: tools that cannot go on end with status 4, one line and no file half-written: with too little address
# space for OpenBLAS, which else asks for it for ever, and by a fault while a run file is being written.
set -u
bin=$(cd "$1" && pwd) root=$(cd "$2" && pwd)
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
export OMP_WAIT_POLICY=passive
unset OMP_NUM_THREADS OPENBLAS_NUM_THREADS
bad=0
expect() { # WHAT FOUND EXPECTED
    [ "$2" = "$3" ] || { echo "$1: found '$2', expected '$3'"; bad=1; }
}
limited() { # KB COMMAND...: its status, and its line in `said`
    kb=$1
    shift
    # shellcheck disable=SC3045 # dash, bash and busybox have ulimit -v
    (ulimit -v "$kb" && timeout 60 "$@" > out 2> said)
}

limited 200000 "$bin/spx-info" "$root/tests/data/tiny.gguf"
expect "spx-info in 200 MB" "$?" 4
expect "its line" "$(cat said)" "spx-info: out of memory: the address space is limited (ulimit -v) to less than the 330 MiB that loading OpenBLAS takes"
limited 400000 "$bin/spx-spectrum" "$root/tests/data/tiny.gguf" -j 1
expect "spx-spectrum -j 1 in 400 MB" "$?" 0
limited 400000 "$bin/spx-spectrum" "$root/tests/data/tiny.gguf" -j 2
expect "spx-spectrum -j 2 in 400 MB" "$?" 4
expect "its line" "$(cat said)" "spx-spectrum: out of memory: 2 threads take 328 MiB of address space, which is limited to less (ulimit -v); fewer (-j) take less"

# A run of many rounds, each of which writes run.h5.part.
"$bin/spx-edit" "$root/tests/data/tiny.gguf" --facts "$root/datasets/counterfact-2000.json" --layers 1 --editor ft --contexts 0 --steps 1 \
    --round 1 --rounds 60 -q -o run.h5 2> said &
while kill -0 $! 2> /dev/null && ! [ -s run.h5.part ]; do :; done
kill -SEGV $!
wait $!
expect "a fault while run.h5 is written" "$?" 4
expect "its line" "$(sed 's/library.*/library/' said)" "spx-edit: out of memory or a fault inside a library"
expect "what is left" "$(ls ./*.part 2> /dev/null)" ""
exit $bad
