# Shards joined are the run file that one process writes; other options, a missing or a doubled shard are refused;
# what a broken run has kept is not done again.
quiet() { "$@" 2> /dev/null; }
same() { # but for the command lines they were made by
    h5diff "$1" "$2" | grep -v -e '<history of </>>' -e 'differences found'
    h5ls -r "$1" > one; h5ls -r "$2" | cmp - one && echo "$2 same"
}
compare() { spx-compare golden/change-base.safetensors golden/change-edited.safetensors --all "$@"; }
quiet compare -o whole.h5; echo "$?"
for i in 1 2 3; do quiet compare -o c.h5 --shard "$i/3"; echo "$?"; done; ls c.h5.*
spx-merge c.h5.*of3 -o c.h5 && same whole.h5 c.h5
mkdir s-1 s-2 && cp golden/change-base.safetensors s-1/model.safetensors && cp golden/change-edited.safetensors s-2/model.safetensors
quiet spx-spectrum s-1 s-2 --all -o spectrum.h5
for i in 1 2; do quiet spx-spectrum s-1 s-2 --all -o s.h5 --shard "$i/2"; done
spx-merge s.h5.2of2 s.h5.1of2 -o s.h5 && same spectrum.h5 s.h5
spx-merge c.h5.1of3 c.h5.3of3 -o m.h5; echo "$?"
cp c.h5.1of3 again; spx-merge c.h5.*of3 again -o m.h5; echo "$?"
spx-merge c.h5.1of3 s.h5.2of2 -o m.h5; echo "$?"
quiet compare --tau 0.2 -o t.h5 --shard 2/3; spx-merge c.h5.1of3 t.h5.2of3 c.h5.3of3 -o m.h5; echo "$?"
quiet spx-compare golden/change-edited.safetensors golden/change-base.safetensors --all -o t.h5 --shard 3/3
spx-merge c.h5.1of3 c.h5.2of3 t.h5.3of3 -o m.h5 2>&1 | sed 's/[0-9a-f]\{64\}/HASH/g'
head -c $(($(wc -c < c.h5.2of3) - 1)) c.h5.2of3 > short; spx-merge c.h5.1of3 short c.h5.3of3 -o m.h5; echo "$?"
head -c 99 short > none; spx-merge none -o m.h5; echo "$?"
spx-merge c.h5.*of3 -o c.h5; echo "$?"; spx-merge c.h5.*of3; echo "$?"
compare --shard 1/3; echo "$?"; compare --shard 4/3 -o m.h5; echo "$?"; ls m.h5* 2> /dev/null
# A run that ended early: its last record is cut, and the rest is done again.
quiet compare -o r.h5 --shard 1/1; size=$(wc -c < r.h5.1of1); cp r.h5.1of1 full
head -c $((size - 9)) full > r.h5.1of1
compare -o r.h5 --shard 1/1 2>&1 | grep already; spx-merge r.h5.1of1 -o r.h5 && same whole.h5 r.h5
