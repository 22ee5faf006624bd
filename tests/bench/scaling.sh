#!/bin/sh
# scaling.sh [BUILD [MODEL]]: what spx-spectrum costs a matrix of m x n (m >= n) against m n^2, how two ranks of one thread compare with
# one process of two threads on every matrix of a model's blocks, and what follows for LLaMA-3-70B. BUILD has -DSPX_MPI=ON [build/mpi].
# SPX_SIZES: orders n of the n x 3 n matrices [512 1024 2048 4096]; SPX_RUNS: alternating runs [3]; SPX_CORES: of a node [64];
# SPX_GBS: what a node reads [1 GB/s].
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
echo "n	m	bytes read	seconds	seconds/(m n^2)	(one thread)"
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

# LLaMA-3-70B: 80 blocks of gate, up, down 28672 x 8192, q, o 8192 x 8192, k, v 8192 x 1024 (m >= n), in 20 stages. Assumed: every matrix
# changes at every stage; seconds/(m n^2) of the largest order measured holds for all of them, also with every core of a node at
# work; a rank of one thread on each of a node's cores, cores like this one; each stage's bf16 is read once, evenly by all nodes.
# What cores wait for at the end follows from dealing the items as rank 0 does: stage by stage, the dearest first, each to the
# core that is free first.
tail -n 1 "$dir/cost" | awk -v cores="${SPX_CORES:-64}" -v rate="${SPX_GBS:-1}" '
function finish(all, cost, count,    t, free, first, some, left, s, c, last) { # seconds until all items are done
    free[0] = all
    for (s = 0; s < stages; s++)
        for (c = 1; c <= 3; c++)
            for (left = count[c]; left > 0; left -= some) {
                first = -1
                for (t in free) if (first == -1 || t + 0 < first + 0) first = t
                some = left < free[first] ? left : free[first]
                if ((free[first] -= some) == 0) delete free[first]
                free[sprintf("%.3f", first + cost[c])] += some
            }
    for (t in free) if (t + 0 > last + 0) last = t
    return last
}
{
    stages = 20
    split("28672 8192 8192", m, " "); split("8192 8192 1024", n, " "); split("240 160 160", count, " ")
    for (c = 1; c <= 3; c++) {
        cost[c] = $5 * m[c] * n[c] ^ 2
        work += stages * count[c] * cost[c]
        bytes += stages * count[c] * m[c] * n[c] * 2
        printf "LLaMA-3-70B: %d matrices of %d x %d, %.3g s each on one core\n", count[c], m[c], n[c], cost[c]
    }
    printf "560 matrices x 20 stages, %.3g s/(m n^2): %.3g core hours, %.3g TB read\n", $5, work / 3600, bytes / 1e12
    print "nodes\tcores\thours\tcores busy (%)\thours of reading\tGB a node"
    split("1 8 64", nodes, " ")
    for (i = 1; i <= 3; i++) {
        all = nodes[i] * cores
        wall = finish(all, cost, count)
        printf "%d\t%d\t%.1f\t%.0f\t%.2f\t%.0f\n", nodes[i], all, wall / 3600, 100 * work / (all * wall), bytes / nodes[i] / rate / 1e9 / 3600, cores * m[1] * n[1] * 8 / 1e9
    }
    printf "reading at %g GB/s a node, not overlapped with work; GB a node: one matrix in double a core, the workspace not counted\n", rate
}'
