#!/bin/sh
# logits.sh [PYTHON [MODEL]]: logits of a model of datasets/fetch.sh (gemma3-270m, which that fetches when so named) beside Hugging
# Face transformers on the same weights. PYTHON has the packages of ../golden/requirements.txt.
set -eu
cd "$(dirname "$0")/../.."
cmake --build --preset release --target logits > /dev/null
PYTHONDONTWRITEBYTECODE=1 "${1:-python3}" tests/bench/logits.py build/release/tests/logits "$(sh datasets/fetch.sh "${2:-gemma3-270m}")" 2> /dev/null
