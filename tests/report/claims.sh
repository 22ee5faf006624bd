#!/bin/sh
# claims.sh BIN ROOT: what plots/claims.py computes and plots/earlier.py rebuilds, by tests/report/claims.py; skipped (77)
# where Python, which is SPX_PYTHON or python3, lacks SciPy or h5py.
exec "${SPX_PYTHON:-python3}" "$2/tests/report/claims.py" "$1" "$2"
