"""layout.py HEADERS [CC]: the ctypes structures of the package beside what a C compiler makes of the headers: every size
and every offset, and the counts and values of constants. Prints the differences; exit status 1 if there are any."""
import ctypes
import subprocess
import sys
import tempfile
from pathlib import Path

from spx import _lib, monitor

STRUCTS = {"spx_error": _lib.Error, "spx_quantity": _lib.Quantity, "spx_mat": _lib.Mat, "spx_svd": _lib.Svd,
           "spx_svd_opts": _lib.SvdOpts, "spx_spectrum": _lib.Spectrum, "spx_dominance": _lib.Dominance,
           "spx_stage_opts": _lib.StageOpts, "spx_stage_pair": _lib.StagePair, "spx_filter_spec": _lib.FilterSpec,
           "spx_filter_row": _lib.FilterRow, "spx_filter_report": _lib.FilterReport, "spx_update": _lib.Update,
           "spx_subspace": _lib.Subspace, "spx_change": _lib.Change, "spx_stage_numbers": _lib.StageNumbers,
           "spx_place": monitor._Place}
CONSTANTS = {"SPX_SPECTRUM_METRICS": len(_lib.SPECTRUM), "SPX_SUBSPACE_METRICS": len(_lib.SUBSPACE),
             "SPX_SUBSPACE_ROWS": len(_lib.ROWS), "SPX_CHANGE_METRICS": len(_lib.CHANGE),
             "SPX_SHUFFLED_METRICS": _lib.SHUFFLED, "SPX_DECILES": _lib.DECILES,
             "SPX_FILTER_QUANTITIES": len(_lib.FILTER_VALUES), "SPX_F64": _lib.DTYPES["f64"],
             "SPX_F32": _lib.DTYPES["f32"], "SPX_F16": _lib.DTYPES["f16"], "SPX_BF16": _lib.DTYPES["bf16"],
             "SPX_STORE_READ": 0, "SPX_STORE_CREATE": 2, "SPX_STORE_UPDATE": 3, "SPX_STORE_CONTINUE": 4,
             "SPX_SPECTRUM | SPX_SUBSPACE | SPX_CHANGE | SPX_CHANCE": 1 | 2 | 4 | 32,
             "SPX_EINVAL": 1, "SPX_ESHAPE": 2, "SPX_ENOMEM": 3, "SPX_EIO": 4, "SPX_EFORMAT": 5, "SPX_ENOTFOUND": 6,
             "SPX_ENUMERIC": 8}


def expected():
    for name, s in STRUCTS.items():
        yield f"sizeof({name})", ctypes.sizeof(s)
        for field, _ in s._fields_:
            yield f"offsetof({name}, {field})", getattr(s, field).offset
    yield from CONSTANTS.items()


def actual(headers, compiler, expressions):
    lines = "".join(f'    printf("%zu\\n", (size_t)({e}));\n' for e in expressions)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "layout.c"
        source.write_text(f"#include <spx/spx.h>\n#include <stddef.h>\n#include <stdio.h>\nint main(void)\n{{\n{lines}}}\n")
        subprocess.run([compiler, "-I", headers, "-o", f"{folder}/layout", str(source)], check=True)
        return [int(x) for x in subprocess.run([f"{folder}/layout"], capture_output=True, check=True).stdout.split()]


def main():
    want = dict(expected())
    wrong = [f"{e} is {have}, not {want[e]}"
             for e, have in zip(want, actual(sys.argv[1], (sys.argv[2:] or ["cc"])[0], want)) if have != want[e]]
    print("\n".join(wrong) or f"{len(want)} numbers agree")
    return bool(wrong)


sys.exit(main())
