#!/bin/sh
# run.sh [PYTHON...]: builds the wheel and the source distribution of tools/python, installs the wheel into a clean virtual
# environment of each PYTHON [python3], and runs the tests there, from another folder and without a compiler's help.
# SPX_TOOLS_BUILD: the folder of the tools of a build, beside whose numbers those from Python are put.
# SPX_PYTHON_SDIST=1 builds the wheel from the source distribution. SPX_PYTHON_EXTRA: packages installed beside NumPy
# [xarray pandas h5netcdf h5py]. Exit status 77 where there is no pip or no network.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
[ "$#" -gt 0 ] || set -- python3
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
if ! "$1" -m venv "$work/build" || ! "$work/build/bin/pip" install -q build 2> "$work/pip.log"; then
    echo "skipped: no pip or no network"
    exit 77
fi
from=$root/tools/python
if [ -n "${SPX_PYTHON_SDIST:-}" ]; then
    "$work/build/bin/python" -m build --sdist -o "$work/dist" "$from" > "$work/sdist.log" 2>&1 || { tail -n 40 "$work/sdist.log" >&2; exit 1; }
    mkdir "$work/unpacked" && tar -xzf "$work"/dist/*.tar.gz -C "$work/unpacked"
    from=$(echo "$work"/unpacked/*)
fi
"$work/build/bin/python" -m build --wheel -o "$work/dist" -C "build-dir=${SPX_PYTHON_BUILD:-$work/cmake}" "$from" > "$work/wheel.log" 2>&1 ||
    { tail -n 40 "$work/wheel.log" >&2; exit 1; }
wheel=$(echo "$work"/dist/*.whl)
cp -r "$root/tests/python" "$work/tests"
for python in "$@"; do
    rm -rf "$work/use"
    "$python" -m venv "$work/use"
    "$work/use/bin/pip" install -q "$wheel"
    (cd "$work/tests" && "$work/use/bin/python" -m unittest -q test_spx) # NumPy only
    # shellcheck disable=SC2086  # a list of packages
    "$work/use/bin/pip" install -q ${SPX_PYTHON_EXTRA-xarray pandas h5netcdf h5py}
    "$work/use/bin/python" "$work/tests/layout.py" "$root/include"
    (cd "$work/tests" && SPX_ROOT=$root SPX_TOOLS_BUILD="${SPX_TOOLS_BUILD:-}" "$work/use/bin/python" -m unittest -q test_spx test_run_files test_readme)
    printf '%s: %s passes\n' "$("$work/use/bin/python" -V)" "$(basename "$wheel")"
done
