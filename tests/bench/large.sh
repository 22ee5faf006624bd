#!/bin/sh
# large.sh [PYTHON [BLOCKS [ROWS [THREADS]]]]: a model of LLaMA-3-8B's shape with as few blocks as asked for (random bf16 weights, in a
# temporary folder: 1.05 GB and 0.44 GB a block), weights in float and as stored: milliseconds a row of a block forward and backward and
# of the head forth and back, peak memory, and what follows for 32 blocks: GB of weights, and seconds an edit of the published search
# behind block 8: 25 passes (24 of them back) of 45 rows (six prompts and the KL prompt, from the subject's last token on) through 23
# blocks and of 10 rows through the head; once, 120 rows through 32 blocks: 24 TFLOP. The last column divides by the cores: 64 of these,
# if facts are packed until all are busy and memory keeps up. PYTHON has the packages of ../golden/requirements.txt.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3} blocks=${2:-1} rows=${3:-256} threads=${4:-2}
cmake --build --preset release --target large > /dev/null
dir=$(mktemp -d) && trap 'rm -rf "$dir"' EXIT
"$python" tests/bench/large.py "$dir" "$blocks"
printf 'weights\tforward ms\tbackward ms\thead ms\tpeak GB\tGB of 32 blocks\ts an edit\ton 64 cores\n'
for form in float stored; do
    [ $form = stored ] && as=stored || as=
    # shellcheck disable=SC2086
    OMP_NUM_THREADS=$threads /usr/bin/time -o "$dir/peak" -f %M build/release/tests/large "$dir" "$rows" "$threads" $as > "$dir/out"
    awk -v form=$form -v threads="$threads" -v kib="$(tail -1 "$dir/peak")" '{
        bytes = form == "float" ? 4 : 2; each = 218.1e6; ends = 525.3e6
        edit = 25 * 45 * 23 * $1 + 24 * 45 * 23 * $2 + 24 * 10 * $3 + 120 * 32 * $1
        printf "%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.1f\t%.1f\t%.1f\n", form, 1e3 * $1, 1e3 * $2, 1e3 * $3, kib / 976562.5,
            bytes * (32 * each + ends) / 1e9, edit, edit * threads / 64
    }' "$dir/out"
done
