# spx-info --check of HDF5 files: all that has a checksum is read, and every dataset that is rotten is named.
# Status 4: HDF5 itself crashed over a rotten list of names; the file is named then too.
rot() { printf '\377\376\375' | dd of="$1" bs=1 seek="$2" conv=notrunc 2> err; }
spx-stats data/tiny.gguf --text datasets/wikitext-2-test.txt --tokens 512 --window 128 --layers 1-2 -q -o stats.h5 > table
spx-edit data/tiny.gguf --facts datasets/counterfact-2000.json --stats stats.h5 --layers 1-2 --lambda 10 --contexts 0 --steps 2 --round 2 \
    --rounds 1 -q -o run.h5
spx-info --check run.h5 stats.h5; echo $?
spx-info --check data/bundles/sums.h5 data/tiny.gguf; echo $?
echo "# three bytes in each of several places"
n=0 bad=0
for at in $(seq 3000 9500 180000); do
    cp run.h5 rotten.h5 && rot rotten.h5 "$at"
    spx-info --check rotten.h5 > table 2> err; status=$?
    n=$((n + 1))
    case $status in
    0) spx-info rotten.h5#r1 run.h5#r1 > differ || echo "$at: not found" ;;
    1) bad=$((bad + 1)); awk 'NR > 1 && $2 != "damaged:" && $2 != "unreadable:"' table ;;
    3 | 4) bad=$((bad + 1)); tail -n 1 err | grep -v rotten.h5 ;; # the C library may say a word before
    *) echo "$at: status $status" ;;
    esac
done
[ "$bad" -gt 5 ] && echo "$n places tried, most of them found"
cp stats.h5 rotten.h5; rot rotten.h5 100000; spx-info --check rotten.h5; echo $?
spx-info --check --json rotten.h5; echo $?
echo "no HDF5" > other.h5; spx-info --check other.h5; echo $?
spx-info --check missing.h5; echo $?
