# Runs that test the unedited model alike test it once: what one found the next takes over, to the last bit.
edit() { spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --layers 1 --editor ridge --lambda 10 --contexts 0 --steps 2 --round 2 \
    --rounds 2 --perplexity datasets/wikitext-2-test.txt --tokens 256 --window 128 "$@"; }
same() { for group in evaluation item_outcomes tensors; do h5diff alone.h5 "$1.h5" $group || echo "$group of $1 differs"; done; }
lines() { sed 's/[0-9.]* s,/N s,/' "$1" | grep -e '^round 0' -e '^spx-edit: '; }
edit -o alone.h5 > log
edit --unedited kept -o first.h5 > first; edit --unedited kept -o second.h5 > second
same first; same second; find kept -type f | wc -l
lines first > one; lines second | cmp - one && echo "and says so alike"
strings -n 12 kept/*.tests | grep -e model_sha256 -e 'task_perplexity' -e '^first' -e '^facts ' -e '^eval_facts' | cut -d ' ' -f 1
# Others are tests of their own: of other facts, or more text.
edit --unedited kept --first 5 -q -o other.h5; edit --unedited kept --tokens 512 -q -o more.h5; edit --unedited kept --filter revive --lambda 3 -q -o third.h5; find kept -type f | wc -l
# What cannot be kept is found all the same; what is damaged is named.
echo occupied > file; edit --unedited file -o fourth.h5 > fourth 2> err; echo $?; sed 's|file/.*tests:|file/N.tests:|' err; same fourth
for f in kept/*.tests; do truncate -s -3 "$f"; done; edit --unedited kept -q -o fifth.h5; echo $?; same fifth
for f in kept/*.tests; do printf 'what' | dd of="$f" conv=notrunc 2> err; done; edit --unedited kept -q -o sixth.h5 2> err; echo $?; sed 's|kept/.*tests|kept/N.tests|' err; ls sixth.h5
