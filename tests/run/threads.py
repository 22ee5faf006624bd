"""threads.py ONE.h5 TWO.h5: what spx/mat.h says of threads: of two runs that differ in their number, all datasets are equal but
those under tensors/, whose values differ by less than 1e-11 of the largest. Exit status 77 without h5py.

svd_residual is a rounding error itself, of which only the size is compared."""
import sys

try:
    import h5py
    import numpy
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

BOUND = 1e-11  # measured: 2.4e-13 on SmolLM2-135M, 2.5e-14 here


def difference(name, a, b):
    """Of two arrays, in terms of the largest value of the first."""
    scale = numpy.nanmax(numpy.abs(a), initial=0)
    if name.endswith("svd_residual"):
        return 0 if numpy.all(b < 10 * scale) else numpy.inf
    if not numpy.array_equal(numpy.isnan(a), numpy.isnan(b)):
        return numpy.inf
    return numpy.nanmax(numpy.abs(a - b), initial=0) / (scale or 1)


def compare(one, two):
    worst, count, bad = 0, 0, 0

    def visit(name, item):
        nonlocal worst, count, bad
        if not isinstance(item, h5py.Dataset) or name.startswith(("timing", "memory")):
            return
        a, b, count = item[()], two[name][()], count + 1
        if numpy.array_equal(a, b, equal_nan=isinstance(a, numpy.ndarray) and a.dtype.kind == "f"):
            return
        d = difference(name, a, b) if name.startswith("tensors/") else numpy.inf
        worst = max(worst, d)
        if d > BOUND:
            bad += 1
            print(f"{name}: {d:.3g}")

    one.visititems(visit)
    print(f"{count} datasets, largest difference below {BOUND}: {worst <= BOUND}")
    return bad or count < 100


with h5py.File(sys.argv[1]) as one, h5py.File(sys.argv[2]) as two:
    sys.exit(1 if compare(one, two) else 0)
