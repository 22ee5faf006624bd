# --help: the main options and examples; a topic: what it is and the options that it reads. Nothing past column 80 but
# an example.
for t in info snapshot spectrum compare filter stats tune edit export eval merge collapse perturb plot; do
    "spx-$t" --help > out
    sed -n '/^Examples:/,/^$/d; /^Usage/d; /................................................................................./p' out
    grep -q '^Examples:' out || echo "$t has no examples"
    echo "$t: $(grep -c '^ *-' out) of $("spx-$t" --help=all | grep -c '^ *-') options; $(grep -o -e '--json' -e '--seed' -e '--threads' out | sort -u | tr '\n' ' ')"
    "spx-$t" --help=what > out 2>&1; echo "$? $(head -n 1 out | cut -c 1-60)"
done
spx-edit --help=ft-l
spx-edit --help=rect
spx-filter --help=revive
spx-edit --help=memmit 2>&1 | cut -c 1-70
for o in "spx-edit --lamda 3" "spx-edit --lamda=3" "spx-compare --tensor-s x" "spx-plot --quiet=1" "spx-eval --xyzzy" "spx-info -z" "spx-info -V"; do $o; echo $?; done
