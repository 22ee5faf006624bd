#!/bin/sh
# prompt.sh [PYTHON [THREADS [PAIRS [WINDOWS]]]]: prompt processing, the blocks over 512 tokens, ours in float, split and bf16
# products and with stored weights, beside Hugging Face transformers in float and bfloat16, alternating: tokens a second (best
# window), perplexity of the second halves of the windows (255 of their 256 tokens: the first is judged by a row of the first
# half), seconds to open. PYTHON has the packages of ../golden/requirements.txt; LLAMA, where the environment names it, a Python
# with llama-cpp-python. OPENBLAS_CORETYPE chooses OpenBLAS's kernel, as always.
set -eu
cd "$(dirname "$0")/../.."
python=${1:-python3} threads=${2:-2} pairs=${3:-3} windows=${4:-16}
model=$(sh datasets/fetch.sh) text=datasets/wikitext-2-test.txt
export OMP_NUM_THREADS="$threads" PYTHONDONTWRITEBYTECODE=1
printf 'pair\twhat\ttokens/s\tperplexity\topen\n'
for pair in $(seq "$pairs"); do
    for products in float split bf16; do
        printf '%s\tspx %s\t%s\n' "$pair" "$products" \
            "$(PRODUCTS=$products build/release/tests/prompt "$model" $text 512 "$windows")"
    done
    printf '%s\tspx stored\t%s\n' "$pair" "$(build/release/tests/prompt "$model" $text 512 "$windows" stored)"
    for dtype in float32 bfloat16; do
        printf '%s\ttransformers %s\t%s\n' "$pair" "$dtype" \
            "$("$python" tests/bench/prompt.py "$model" $text 512 "$windows" "$threads" $dtype 2> /dev/null)"
    done
    [ -z "${LLAMA:-}" ] || printf '%s\tllama.cpp\t%s\n' "$pair" \
        "$("$LLAMA" tests/bench/prompt_llama.py "$model" $text 512 "$windows" "$threads" 2> /dev/null)"
done
