# Every tool: without arguments, with --version, with an option that is none; --help's first line.
for t in info snapshot spectrum compare diagnose filter stats tune edit export eval collapse perturb plot; do
    "spx-$t" > out 2> err; echo "$t: $? $(head -n 1 err)"
    test -s out && echo "$t prints on stdout"
    "spx-$t" --help > out 2> err; echo "$? $(head -n 1 out)"
    test -s err && echo "$t --help prints on stderr"
    "spx-$t" --nonsense > out 2> err; echo "$? $(head -n 1 err)"
done
spx-plot what run.h5 2>&1 | head -n 1
spx-edit data/tiny.gguf --round 0 2>&1 | head -n 1
spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --products half -o r.h5 2>&1 | head -n 1
spx-info --version | sed 's/[0-9.]*$/N/'
