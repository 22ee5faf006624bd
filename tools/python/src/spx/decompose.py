"""Singular values, what describes them, and how far dominant subspaces have moved."""

from __future__ import annotations

import ctypes as C
from dataclasses import dataclass, field

import numpy as np

from . import _lib
from ._arrays import Matrix, borrow, finite, keep, owned, vector
from ._lib import Mat, Svd, lib

_PARTS = 1 | 2 | 4 | 32  # of spx/measure.h: the spectrum, subspaces, the change, chance


@dataclass(frozen=True)
class SVD:
    """``W ~= U @ diag(s[:k]) @ V.T`` with all singular values ``s``, descending.

    ``error[i]`` bounds ``|s[i] - sigma_i(W)|``; ``residual`` is the largest residual of a triplet over ``s[0]``, measured
    with W itself. ``note`` says why another engine answered than the one asked for.
    """

    U: np.ndarray
    s: np.ndarray
    V: np.ndarray
    error: np.ndarray
    residual: float
    engine: str
    note: str | None


def svd(W: Matrix, k: int = 0, engine: str = "gram", accurate: bool = False, seed: int = 0) -> SVD:
    """All singular values of W and its k leading triplets.

    ``engine`` is "gram", "full" or "randomized" (spx/svd.h says what each costs and how exact it is; the last gives the k
    leading values only and bounds of the others).

    >>> import numpy as np, spx
    >>> f = spx.svd(np.diag([3.0, 2.0, 1.0]), k=1)
    >>> f.s.round(12).tolist(), abs(f.U[0, 0]).round(12).item()
    ([3.0, 2.0, 1.0], 1.0)
    >>> spx.svd(np.eye(2), engine="gramm")
    Traceback (most recent call last):
    spx._lib.InvalidArgument: unknown SVD engine 'gramm', did you mean 'gram'? (expected one of: gram, full, randomized)
    """
    if k < 0:
        raise _lib.InvalidArgument(f"k is {k} (expected 0 or more)")
    m, alive = borrow(W)
    opts = lib.spx_svd_defaults()
    opts.engine, opts.k, opts.accurate, opts.seed = engine.encode(), k, accurate, seed
    out = Svd()
    _lib.check("spx_svd_compute", C.byref(m), C.byref(opts), C.byref(out))
    del alive
    try:
        return SVD(keep(out.U) if out.k else np.empty((out.rows, 0)), vector(out.s, out.r),
                   keep(out.V) if out.k else np.empty((out.cols, 0)), vector(out.error, out.r), out.residual,
                   out.engine.decode(), out.note.decode() if out.note else None)
    finally:
        lib.spx_svd_free(C.byref(out))


class Numbers(dict):
    """Named numbers, read as keys or as attributes: ``d["lss_g"]`` or ``d.lss_g``."""

    def __getattr__(self, name: str):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"no number {name!r}; there are {', '.join(self)}") from None

    def __dir__(self):
        return [*super().__dir__(), *self]

    def to_series(self):
        """The numbers as a pandas Series."""
        import pandas

        return pandas.Series({k: v for k, v in self.items() if np.isscalar(v)})


def spectrum(W: Matrix, tau: float = 0.1) -> Numbers:
    """The numbers that spx-spectrum prints of a matrix, and ``sigma``, its singular values.

    NaN where a number rests on values that are not told from rounding errors; ``spx.explain(name)`` defines each.

    >>> import numpy as np, spx
    >>> x = spx.spectrum(np.diag([2.0, 1.0]))
    >>> x.spectral, x["stable_rank"], x.sigma.tolist()
    (2.0, 1.25, [2.0, 1.0])
    """
    f = svd(W)
    rows, cols = np.shape(W)
    s, error = np.ascontiguousarray(f.s), np.ascontiguousarray(f.error)
    x = _lib.Spectrum(s.ctypes.data_as(C.POINTER(C.c_double)), s.size, rows, cols,
                      error.ctypes.data_as(C.POINTER(C.c_double)), _tau(tau))
    value = (C.c_double * len(_lib.SPECTRUM))()
    _lib.check("spx_spectrum_measure", C.byref(x), value, None)
    return Numbers(zip(_lib.SPECTRUM, value), svd_residual=f.residual, sigma=f.s)


def _tau(tau: float) -> float:
    if not 0 < tau <= 1:
        raise _lib.InvalidArgument(f"tau is {tau} (expected a share above 0 and at most 1: 0.2 for 20 %)")
    return float(tau)


def _orthonormal(x: Matrix, what: str) -> Mat:
    m = owned(x, what)
    tmp = C.c_void_p()
    try:
        finite(m, what)
        if m.rows < m.cols:
            raise _lib.InvalidArgument(f"{what} is {m.rows} x {m.cols} (expected no more columns than rows)")
        _lib.check("spx_linalg_orth", C.byref(m), C.byref(tmp))
    except BaseException:
        lib.spx_mat_free(C.byref(m))
        raise
    finally:
        lib.spx_scratch_free(C.byref(tmp))
    return m


def angles(A: Matrix, B: Matrix) -> np.ndarray:
    """Principal angles between the column spaces of A and B, ascending, in radians (Bjorck and Golub 1973). The columns
    need not be orthonormal, but independent.

    >>> import numpy as np, spx
    >>> np.degrees(spx.angles([[1.0], [0.0]], [[1.0], [1.0]])).round(9).tolist()
    [45.0]
    """
    a = _orthonormal(A, "A")
    try:
        b = _orthonormal(B, "B")
        try:
            if (a.rows, a.cols) != (b.rows, b.cols):
                raise _lib.InvalidArgument(
                    f"A is {a.rows} x {a.cols}, B is {b.rows} x {b.cols} (expected the same shape)")
            theta = np.empty(a.cols)
            _lib.check("spx_subspace_angles", C.byref(a), C.byref(b),
                       theta.ctypes.data_as(C.POINTER(C.c_double)))
            return theta
        finally:
            lib.spx_mat_free(C.byref(b))
    finally:
        lib.spx_mat_free(C.byref(a))


@dataclass(frozen=True)
class Comparison:
    """What :func:`compare` measured. Numbers are attributes too: ``c.lss_g``, ``c.svs``, ``c.change_rank``.

    ``subspace``: spx_subspace_metric; ``null``: what rounding W alone may give; ``chance``: what random subspaces or
    changes give; ``rows``: angles, gains and ranks of each of the k directions; ``change``: size, rank and place of
    W - W0, whose singular values are ``change_sigma``; ``spectrum``: of W.
    """

    k: int
    subspace: Numbers
    change: Numbers
    null: Numbers
    chance: Numbers
    rows: Numbers
    spectrum: Numbers
    change_sigma: np.ndarray = field(repr=False)

    def __getattr__(self, name: str):
        for part in ("subspace", "change", "rows"):
            if name in object.__getattribute__(self, part):
                return object.__getattribute__(self, part)[name]
        raise AttributeError(f"no number {name!r}")


def _comparison(n: _lib.StageNumbers) -> Comparison:
    k = n.subspace.k
    chance = Numbers(zip(_lib.SUBSPACE, n.chance))
    chance.update(zip(_lib.CHANGE, n.change_chance))
    return Comparison(k, Numbers(zip(_lib.SUBSPACE, n.subspace.value)), Numbers(zip(_lib.CHANGE, n.change.value)),
                      Numbers(zip(_lib.SUBSPACE, n.null.value)), chance,
                      Numbers((q, vector(n.subspace.row[j], k)) for j, q in enumerate(_lib.ROWS)),
                      Numbers(zip(_lib.SPECTRUM, n.spectrum)), vector(n.change.s, n.change.r))


def compare(W0: Matrix, W: Matrix, tau: float = 0.1, k: int = 0, dtype: str | None = None) -> Comparison:
    """How far the dominant subspaces of W have moved from those of W0: the numbers of spx-compare, with the same bits
    for the same number of threads.

    The k leading directions of W0 are dominant or, where k is 0, as many as hold the share tau of the sum of singular
    values (REVIVE, Eq. 5). ``dtype`` is the type that W is stored in, on which the null band rests ("f32", "f16",
    "bf16", "f64"; by default W's own).

    >>> import numpy as np, spx
    >>> W0 = np.diag([4.0, 3.0, 2.0, 1.0]); W = W0.copy(); W[3, 3] = 5.0
    >>> c = spx.compare(W0, W, k=1)
    >>> c.k, c.overtaken, round(c.change_fro, 12), c.change_rank
    (1, 1.0, 4.0, 1.0)
    """
    a, keep_a = borrow(W0, "W0")
    b, keep_b = borrow(W, "W")
    if (a.rows, a.cols) != (b.rows, b.cols):
        raise _lib.InvalidArgument(f"W0 is {a.rows} x {a.cols}, W is {b.rows} x {b.cols} (expected the same shape)")
    if k < 0 or k > min(a.rows, a.cols):
        raise _lib.InvalidArgument(f"k is {k}, but there are {min(a.rows, a.cols)} directions")
    stored = _stored(W, dtype)
    d = _lib.Dominance(k, _tau(tau))
    opts = _lib.StageOpts(_PARTS, d, 0)
    base, now, out = Svd(), Svd(), _lib.StageNumbers()
    if np.array_equal(keep_a, keep_b):
        lib.spx_stage_unchanged(C.byref(opts), C.byref(out))
        return _comparison(out)
    try:
        _lib.check("spx_stage_decompose", C.byref(a), C.byref(d), 0, C.byref(base))
        dominant = lib.spx_dominant_directions(C.byref(d), base.s, base.r)
        _lib.check("spx_stage_decompose", C.byref(b), None, lib.spx_subspace_reach(dominant, base.r), C.byref(now))
        pair = _lib.StagePair(C.pointer(a), C.pointer(b), C.pointer(base), C.pointer(now), stored, None)
        _lib.check("spx_stage_measure", C.byref(pair), C.byref(opts), C.byref(out))
        return _comparison(out)
    finally:
        del keep_a, keep_b
        lib.spx_stage_numbers_free(C.byref(out))
        lib.spx_svd_free(C.byref(base))
        lib.spx_svd_free(C.byref(now))


def _stored(W: Matrix, dtype: str | None) -> int:
    name = dtype
    if name is None:
        kind = str(getattr(W, "dtype", "float64"))
        name = {"float32": "f32", "torch.float32": "f32", "float16": "f16", "torch.float16": "f16",
                "torch.bfloat16": "bf16"}.get(kind, "f64")
    if name not in _lib.DTYPES:
        raise _lib.InvalidArgument(f"unknown type {name!r} (expected one of: {', '.join(_lib.DTYPES)})")
    return _lib.DTYPES[name]


def explain(name: str) -> str:
    """What a number is: its definition, unit, range, source and reading, as the tools' --explain gives them.

    >>> import spx
    >>> print(spx.explain("stable_rank").splitlines()[0])
    stable_rank: sum s^2 / s_1^2
    """
    for table in ("spx_spectrum_metric", "spx_subspace_metric", "spx_subspace_row", "spx_change_metric"):
        i, row = 0, getattr(lib, table)
        while q := row(i):
            t = {f: (getattr(q.contents, f) or b"").decode() for f, _ in q.contents._fields_}
            if t["name"] == name:
                return (f"{name}: {t['long_name']}\nunit {t['units']}; {t['range']}\nsource: {t['source']}\n"
                        f"{t['reading']}")
            i += 1
    raise _lib.NotFound(f"no number {name!r}")
