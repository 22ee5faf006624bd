#!/bin/sh
# kernels.sh BIN: the kernels of OpenBLAS that the tools in BIN choose where it does not know the processor
# (tools/cli/start_again.h), for programs that are not tools; nothing where it does.
set -eu
found=$(OPENBLAS_VERBOSE=2 "$1/spx-info" --version 2>&1 | sed -n 's/^Core: //p' | uniq)
[ "$(echo "$found" | wc -l)" -eq 1 ] || echo "$found" | tail -n 1
