"""libspx as ctypes sees it: the library, its structures, and its errors as exceptions.

The structures are those of the public headers (include/spx/*.h); tests/python/layout.py compares every size and offset
with what a C compiler says. Nothing outside this file knows a C type.
"""

from __future__ import annotations

import ctypes as C
import os
import warnings
from pathlib import Path

__all__ = ["SpxError", "lib", "check", "names_of"]

PREFIX = Path(__file__).parent / "prefix"


class SpxError(Exception):
    """A call that failed, in the library's words.

    ``status`` is the library's name of the fault ("invalid argument", "dimensions do not conform", ...), ``where`` the C
    function that found it.
    """

    def __init__(self, text: str, status: str = "", where: str = "") -> None:
        super().__init__(text)
        self.status = status
        self.where = where


class InvalidArgument(SpxError, ValueError):
    """An argument is outside its domain, or matrices do not conform."""


class NotFound(SpxError, LookupError):
    """A named tensor, group or method does not exist."""


class FileFault(SpxError, OSError):
    """The system refused a read or a write, or a file's bytes break its format."""


class NumericFault(SpxError, ArithmeticError):
    """A factorisation failed, or a value is not finite."""


_CLASS = {1: InvalidArgument, 2: InvalidArgument, 4: FileFault, 5: FileFault, 6: NotFound, 8: NumericFault}
_ENOMEM = 3


def _find() -> str:
    """$SPX_LIBRARY, or the library that the wheel carries."""
    chosen = os.environ.get("SPX_LIBRARY")
    if chosen:
        return chosen
    found = sorted((PREFIX / "lib").glob("libspx.so.*"), key=lambda p: len(p.name))
    if not found:
        raise ImportError(f"no libspx.so in {PREFIX / 'lib'}; install the package, or set SPX_LIBRARY")
    return str(found[0])


lib = C.CDLL(_find())  # a CDLL: calls release the interpreter's lock

size_t, double, char_p, ptr = C.c_size_t, C.c_double, C.c_char_p, C.c_void_p


class Error(C.Structure):
    _fields_ = [("status", C.c_int), ("where", char_p), ("text", C.c_char * 1024)]


class Quantity(C.Structure):
    _fields_ = [(n, char_p) for n in ("name", "units", "long_name", "source", "range", "reading")]


class Mat(C.Structure):
    _fields_ = [("rows", size_t), ("cols", size_t), ("ld", size_t), ("data", C.POINTER(double))]


class Svd(C.Structure):
    _fields_ = [("rows", size_t), ("cols", size_t), ("r", size_t), ("k", size_t), ("s", C.POINTER(double)),
                ("error", C.POINTER(double)), ("nuclear_lo", double), ("nuclear_hi", double), ("U", Mat), ("V", Mat),
                ("residual", double), ("engine", char_p), ("note", char_p)]


class SvdOpts(C.Structure):
    _fields_ = [("engine", char_p), ("k", size_t), ("choose", ptr), ("choose_arg", ptr), ("resolve", C.c_bool),
                ("accurate", C.c_bool), ("seed", C.c_uint64)]


class Spectrum(C.Structure):
    _fields_ = [("s", C.POINTER(double)), ("r", size_t), ("rows", size_t), ("cols", size_t),
                ("error", C.POINTER(double)), ("tau", double)]


class Dominance(C.Structure):
    _fields_ = [("k", size_t), ("tau", double)]


class StageOpts(C.Structure):
    _fields_ = [("parts", C.c_uint), ("dominant", Dominance), ("seed", C.c_uint64)]


class StagePair(C.Structure):
    _fields_ = [("W0", C.POINTER(Mat)), ("W", C.POINTER(Mat)), ("base", C.POINTER(Svd)), ("now", C.POINTER(Svd)),
                ("type", C.c_int), ("D", C.POINTER(Mat))]


class FilterSpec(C.Structure):
    _fields_ = [("name", char_p), ("basis", char_p), ("energy", char_p), ("count", char_p), ("apply", char_p),
                ("tau", double), ("k", size_t), ("seed", C.c_uint64), ("weight", double), ("threshold", double),
                ("alpha", double), ("keep", double), ("noise", double), ("cap", double),
                ("decomposition", C.POINTER(Svd)), ("covariance", C.POINTER(Mat)),
                ("gradient_moment", C.POINTER(Mat))]


class FilterRow(C.Structure):
    _fields_ = [("name", char_p), ("family", char_p), ("summary", char_p), ("source", char_p),
                ("defaults", FilterSpec), ("uses", C.c_uint), ("control", C.c_bool), ("needs_moment", C.c_bool),
                ("needs_gradient_moment", C.c_bool)]


class FilterReport(C.Structure):
    _fields_ = [("k", size_t), ("before", double), ("after", double), ("left", double), ("right", double),
                ("block", double)]


class Update(C.Structure):
    _fields_ = [("A", Mat), ("B", Mat)]


def _declare(name: str, result, *arguments) -> None:
    f = getattr(lib, name)
    f.restype, f.argtypes = result, arguments


_P = C.POINTER
_ERR = _P(Error)
for _row in ("spx_spectrum_metric", "spx_subspace_metric", "spx_subspace_row", "spx_change_metric"):
    _declare(_row, _P(Quantity), size_t)
_declare("spx_filter_quantities", _P(Quantity))
_declare("spx_version", char_p)
_declare("spx_blas_name", char_p)
_declare("spx_blas_better_kernels", char_p)
_declare("spx_status_name", char_p, C.c_int)
_declare("spx_threads", C.c_int)
_declare("spx_threads_set", None, C.c_int)
_declare("spx_free", None, ptr)
_declare("spx_file_untroubled", C.c_int, _ERR)
_declare("spx_mat_alloc", C.c_int, _P(Mat), size_t, size_t, _ERR)
_declare("spx_mat_clone", C.c_int, _P(Mat), _P(Mat), _ERR)
_declare("spx_mat_free", None, _P(Mat))
_declare("spx_floats_widen", None, _P(C.c_float), _P(Mat))
_declare("spx_mat_check_finite", C.c_int, _P(Mat), _ERR)
_declare("spx_svd_defaults", SvdOpts)
_declare("spx_svd_compute", C.c_int, _P(Mat), _P(SvdOpts), _P(Svd), _ERR)
_declare("spx_svd_free", None, _P(Svd))
_declare("spx_spectrum_measure", C.c_int, _P(Spectrum), _P(double), _P(C.c_bool), _ERR)
_declare("spx_subspace_angles", C.c_int, _P(Mat), _P(Mat), _P(double), _ERR)
_declare("spx_subspace_reach", size_t, size_t, size_t)
_declare("spx_dominant_directions", size_t, _P(Dominance), _P(double), size_t)
_declare("spx_linalg_orth", C.c_int, _P(Mat), ptr, _ERR)
_declare("spx_scratch_free", None, ptr)
_declare("spx_stage_decompose", C.c_int, _P(Mat), _P(Dominance), size_t, _P(Svd), _ERR)
_declare("spx_filter_at", _P(FilterRow), size_t)
_declare("spx_filter_resolve", C.c_int, _P(FilterSpec), _P(FilterSpec), _ERR)
_declare("spx_filter_new", C.c_int, _P(FilterSpec), _P(Mat), _P(ptr), _ERR)
_declare("spx_filter_free", None, ptr)
_declare("spx_filter_refresh", C.c_int, ptr, _P(Mat), _P(Svd), _ERR)
_declare("spx_filter_apply", C.c_int, ptr, _P(Update), _P(FilterReport), _ERR)
_declare("spx_filter_values", None, _P(FilterReport), _P(double))
_declare("spx_update_free", None, _P(Update))
_declare("spx_store_open", C.c_int, char_p, C.c_int, _P(ptr), _ERR)
_declare("spx_store_commit", C.c_int, _P(ptr), _ERR)
_declare("spx_store_close", None, ptr)
_declare("spx_store_add_stage", C.c_int, ptr, char_p, double, _ERR)
_declare("spx_store_stages", size_t, ptr)
_declare("spx_store_set_text", C.c_int, ptr, char_p, char_p, char_p, _ERR)
_declare("spx_record_weight", C.c_int, ptr, char_p, char_p, _P(C.c_float), size_t, size_t, _ERR)


def _table(name: str) -> list[str]:
    row = getattr(lib, name)
    names: list[str] = []
    while found := row(len(names)):
        names.append(found.contents.name.decode())
    return names


SPECTRUM = _table("spx_spectrum_metric")
SUBSPACE = _table("spx_subspace_metric")
ROWS = _table("spx_subspace_row")
CHANGE = _table("spx_change_metric")
SHUFFLED, DECILES = 4, 10
DTYPES = {"f64": 0, "f32": 1, "f16": 2, "bf16": 3}  # spx_dtype
FILTER_VALUES = [lib.spx_filter_quantities()[i].name.decode() for i in range(6)]


class Subspace(C.Structure):
    _fields_ = [("k", size_t), ("value", double * len(SUBSPACE)), ("row", _P(double) * len(ROWS))]


class Change(C.Structure):
    _fields_ = [("value", double * len(CHANGE)), ("r", size_t), ("s", _P(double)), ("error", _P(double)),
                ("vague_rank", C.c_bool)]


class StageNumbers(C.Structure):
    _fields_ = [("parts", C.c_uint), ("k", size_t), ("now", _P(Svd)), ("spectrum", double * len(SPECTRUM)),
                ("vague", C.c_bool * len(SPECTRUM)), ("vague_rank", C.c_bool), ("subspace", Subspace),
                ("null", Subspace), ("change", Change), ("chance", double * len(SUBSPACE)),
                ("change_chance", double * len(CHANGE)), ("shuffled", double * SHUFFLED),
                ("map", double * (DECILES * DECILES)), ("overlaps", Mat * 2), ("removed", _P(FilterReport))]


_declare("spx_stage_measure", C.c_int, _P(StagePair), _P(StageOpts), _P(StageNumbers), _ERR)
_declare("spx_stage_numbers_free", None, _P(StageNumbers))
_declare("spx_stage_unchanged", None, _P(StageOpts), _P(StageNumbers))


def check(function: str, *arguments) -> None:
    """Calls a function of the library; what it refuses is raised in its own words."""
    error = Error()
    status = getattr(lib, function)(*arguments, C.byref(error))
    if status == 0:
        return
    lib.spx_file_untroubled(None)  # this exception tells of it
    text = error.text.decode("utf-8", "replace") or function
    if status == _ENOMEM:
        raise MemoryError(text)
    name = lib.spx_status_name(status).decode()
    raise _CLASS.get(status, SpxError)(text, name, (error.where or b"").decode())


def names_of(text: str | None) -> bytes | None:
    """A text as the library takes it."""
    return None if text is None else text.encode()


def _advise_kernels() -> None:
    """The tools choose the kernels by themselves; a library in somebody's process can only say so."""
    better = lib.spx_blas_better_kernels()
    if better and "OPENBLAS_CORETYPE" not in os.environ:
        kernels = f"OPENBLAS_CORETYPE={better.decode()}"
        warnings.warn(f"spx: OpenBLAS does not know this processor; {kernels} in the environment makes it faster", stacklevel=2)


_advise_kernels()
