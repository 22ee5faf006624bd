# A run whose matrices lie in parts while it lasts (spx/store.h): killed between the two renames of round 3 (under
# strace), read, checked, joined, resumed; parts that are missing or damaged are named; links stay links, and what is
# no file is refused.
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 1024 --window 256 --layers 1-3 -q -o stats.h5 > table
set -- data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-3 --lambda 10 --contexts 0 --steps 3 \
    --round 3 --rounds 4 --snapshots 2 -q
command -v strace > table || { echo "without strace this case cannot kill at a given call"; exit 77; }
died() { [ "$1" -gt 128 ] && echo killed; }
same() { for s in base r1 r2 r3 r4 last; do spx-info whole.h5#$s "$1#$s" > table || echo "$s differs"; done; spx-info --check "$1" > table || cat table; h5diff whole.h5 "$1" /item_outcomes; }
spx-edit "$@" -o whole.h5 && ls whole.h5*; h5dump -n whole.h5 | grep -c "/item_outcomes/.*_item"
strace -f -o log -e trace=rename -e inject=rename:signal=KILL:when=8 spx-edit "$@" -o run.h5 2> err; died $?
ls run.h5*
echo "# read while it is in parts: the part of round 3 is there, the round is not"
spx-info run.h5#last whole.h5#r2 | wc -l
spx-info run.h5#r1 whole.h5#r1 | wc -l
spx-info --check run.h5
spx-spectrum run.h5 -t '*.1.*' | cut -f 1 | uniq
spx-filter run.h5 --tau 0.1 -t '*.1.*' --basis original -q > table && wc -l < table
echo "# a part that is missing, and one that is damaged"
cp -r run.h5.parts kept && cp run.h5 kept.h5
rm run.h5.parts/r1.h5
spx-info run.h5#r1; echo $?
spx-info --check run.h5 | cut -f 2- | sort -u; spx-edit "$@" -o run.h5 --resume; echo $?; spx-merge run.h5; echo $?
cp kept/r1.h5 run.h5.parts/r1.h5
printf '\377\376\375' | dd of=run.h5.parts/base.h5 bs=1 seek=60000 conv=notrunc 2> err
spx-info --check run.h5 > table; echo $?; cut -f 2- table | sort -u
spx-edit "$@" -o run.h5 --resume 2> err; echo $?; cut -d ' ' -f 2- err | sed 's/h5: [a-z].* is/h5: DATASET is/'; spx-merge run.h5 2> err; echo $?
echo "# joined, then resumed; resumed as it is"
rm -r run.h5.parts && cp -r kept run.h5.parts
spx-merge run.h5; echo $?; ls run.h5*; spx-info run.h5#last whole.h5#r2 | wc -l
spx-edit "$@" -o run.h5 --resume; echo $?; ls run.h5*; same run.h5
mv kept run.h5.parts && mv kept.h5 other.h5 && spx-edit "$@" -o other.h5 --resume; echo $?; ls -d other.h5*; same other.h5
echo "# killed while the parts are brought together, and after that"
for call in rename:signal=KILL:when=11 unlink:signal=KILL:when=2; do
    rm -rf run.h5*
    strace -f -o log -e trace=rename,unlink -e inject=$call spx-edit "$@" -o run.h5 2> err; died $?
    ls -d run.h5*; spx-edit "$@" -o run.h5 --resume; ls -d run.h5*; same run.h5
done
echo "# a link stays a link; a pipe is no run file"
mkdir there && ln -s there/real.h5 link.h5 && spx-edit "$@" --rounds 1 -o link.h5; echo $?; test -L link.h5 && ls there
spx-snapshot data/tiny.gguf --stage more -o link.h5; echo $?; test -L link.h5 && ls there && spx-info data/tiny.gguf link.h5#more | wc -l
mkfifo pipe.h5
# shellcheck disable=SC2086 # words of a command
for tool in "spx-snapshot data/tiny.gguf --stage x -o" "spx-spectrum" "spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 64 --layers 1 -o" \
    "spx-info --check" "spx-merge"; do timeout 20 $tool pipe.h5; echo $?; done
