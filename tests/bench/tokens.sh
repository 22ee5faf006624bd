#!/bin/sh
# tokens.sh [PYTHON [VOCABULARIES]]: 10,000 random strings of mixed scripts, emoji, code and white space through our tokenizers and
# the `tokenizers` package: how many differ. PYTHON has the packages of ../golden/requirements.txt. VOCABULARIES is a folder with
# GPT-2's encoder.json and vocab.bpe and llama.cpp's ggml-vocab-*.gguf: those then are compared too.
set -eu
cd "$(dirname "$0")/../.."
PYTHONDONTWRITEBYTECODE=1 "${1:-python3}" tests/bench/tokens.py build/release/tests/tokenize "$(sh datasets/fetch.sh)" ${2:+"$2"}
