#!/bin/sh
# scaling.sh [BUILD [MODEL]]: what spx-spectrum costs a matrix of m x n (m >= n) against m n^2, how two ranks of one thread compare with
# one process of two threads on every matrix of a model's blocks, and what follows for LLaMA-3-70B. BUILD has -DSPX_MPI=ON [build/mpi].
# SPX_SIZES: orders n of the n x 3 n matrices [512 1024 2048 4096]; SPX_RUNS: alternating runs [3].
set -eu
cd "$(dirname "$0")/../.."
bin=$PWD/${1:-build/mpi}/tools model=${2:-$(sh datasets/fetch.sh)} runs=${SPX_RUNS:-3}
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
export OMP_WAIT_POLICY=passive OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
seconds() { # COMMAND...: wall time
    from=$(date +%s.%N)
    "$@" > /dev/null 2> "$dir/err" || { cat "$dir/err" >&2; exit 1; }
    to=$(date +%s.%N)
    echo "$to - $from" | bc
}
median() { sort -n | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'; }

# Halves whose bytes are letters: finite, and of full rank.
base64 -w 0 datasets/wikitext-2-valid.txt datasets/counterfact-2000.json 2> /dev/null > "$dir/letters" ||
    cat datasets/wikitext-2-valid.txt datasets/counterfact-2000.json | base64 -w 0 > "$dir/letters"
matrix() { # N FILE
    bytes=$((6 * $1 * $1))
    head="{\"w\":{\"dtype\":\"F16\",\"shape\":[$((3 * $1)),$1],\"data_offsets\":[0,$bytes]}}"
    {
        printf '%b\0\0\0\0\0\0\0' "$(printf '\\0%o' ${#head})"
        printf '%s' "$head"
        while cat "$dir/letters"; do :; done 2> /dev/null | head -c "$bytes"
    } > "$2"
}
echo "n	m	bytes	seconds	seconds/(m n^2)	(one thread)"
for n in ${SPX_SIZES:-512 1024 2048 4096}; do
    matrix "$n" "$dir/w.safetensors"
    i=0
    while [ $i -lt "$runs" ]; do
        seconds "$bin/spx-spectrum" -j 1 --all "$dir/w.safetensors" >> "$dir/times-$n"
        i=$((i + 1))
    done
    median < "$dir/times-$n" | awk -v n="$n" '{ m = 3 * n; printf "%d\t%d\t%d\t%.3f\t%.3g\n", n, m, 2 * m * n, $1, $1 / (m * n * n) }' | tee -a "$dir/cost"
done

i=0
while [ $i -lt "$runs" ]; do
    rm -f "$dir"/*.h5
    seconds "$bin/spx-spectrum" -j 2 -t 'blk.*' "$model" -o "$dir/one.h5" >> "$dir/one"
    seconds mpirun --oversubscribe -n 2 "$bin/spx-spectrum" -j 1 -t 'blk.*' "$model" -o "$dir/two.h5" >> "$dir/two"
    i=$((i + 1))
done
one=$(median < "$dir/one") two=$(median < "$dir/two")
h5diff "$dir/one.h5" "$dir/two.h5" | grep -v -e '<history of </>>' -e 'differences found' && echo "the run files differ"
echo "$one $two" | awk '{ printf "every matrix of the blocks: 1 process x 2 threads %.1f s, 2 ranks x 1 thread %.1f s: efficiency %.2f\n", $1, $2, $1 / $2 }'

# LLaMA-3-70B: 80 blocks of q, o 8192 x 8192, k, v 1024 x 8192, gate, up, down 28672 x 8192. Assumed: every matrix changes at every
# stage; the cost of the largest order measured holds for all; ranks of one thread on cores like this one; the checkpoints are read
# once, at what the file system gives 8 or 64 nodes.
tail -n 1 "$dir/cost" | awk '{
    each = 3 * 28672 * 8192 ^ 2 + 2 * 8192 ^ 3 + 2 * 8192 * 1024 ^ 2
    work = 80 * 20 * each * $5
    bytes = 80 * 20 * 2 * (3 * 28672 * 8192 + 2 * 8192 ^ 2 + 2 * 1024 * 8192)
    largest = 28672 * 8192 ^ 2 * $5
    printf "LLaMA-3-70B, 560 matrices, 20 stages: %.3g core hours, %.3g TB read; largest matrix %.0f s on one core\n", work / 3600, bytes / 1e12, largest
    split("8 64", nodes, " ")
    for (i = 1; i <= 2; i++) printf "%d nodes of 64 cores, one matrix a core: %.1f h\n", nodes[i], (work / (64 * nodes[i]) + largest / 2) / 3600
}'
