"""What is taken out of a change before it is added to a weight: REVIVE and every other filter of the table."""

from __future__ import annotations

import ctypes as C
import weakref
from typing import Any, Hashable

import numpy as np

from . import _lib
from ._arrays import Matrix, borrow, finite, is_torch, keep, like, owned
from ._lib import FilterSpec, Update, lib

_TEXTS = ("basis", "energy", "count", "apply")
_NUMBERS = ("tau", "weight", "threshold", "alpha", "keep", "noise", "cap")
Change = Any  # a matrix, or (A, B) with dW = A @ B.T


def filters() -> dict[str, str]:
    """The filters and what each does.

    >>> import spx
    >>> spx.filters()["left"]
    'nothing into the dominant outputs'
    """
    found: dict[str, str] = {}
    while row := lib.spx_filter_at(len(found)):
        found[row.contents.name.decode()] = row.contents.summary.decode()
    return found


class _State:
    """The filter of one weight: the library's object and the array that it looks into."""

    def __init__(self, spec: FilterSpec, W0: _lib.Mat, alive: np.ndarray) -> None:
        self.handle = C.c_void_p()
        self.shape = (W0.rows, W0.cols)
        self.weight: _lib.Mat | None = W0
        self.alive: np.ndarray | None = alive
        _lib.check("spx_filter_new", C.byref(spec), C.byref(W0), C.byref(self.handle))
        weakref.finalize(self, lib.spx_filter_free, self.handle)

    def release(self) -> None:
        """The library looks at a weight between a refresh and the last change; the next round brings another."""
        self.weight = self.alive = None

    def refresh(self, W: _lib.Mat, alive: np.ndarray) -> None:
        _lib.check("spx_filter_refresh", self.handle, C.byref(W), None)
        self.weight, self.alive = W, alive


class Filter:
    """A filter for changes of any number of weights, each with a basis of its own.

    ``name`` is one of :func:`filters`; parameters that are not given have the filter's defaults:

    - ``tau``, the protected share of the sum of singular values, or ``rank``, that many directions;
    - ``basis``: "current" singular vectors of the weight, the "original" ones, their "union", or those of W + dW, "edited";
    - ``apply``: to the change of this "batch", or "cumulative", to W + dW - W0;
    - ``energy``, ``count``, ``weight``, ``threshold``, ``alpha``, ``keep``, ``noise``, ``cap``, ``seed``,
      ``covariance``, ``gradient_moment``: spx/filter.h.

    Call it with the weight as it is and the change that is about to be added; ``key`` tells weights apart. The first W
    of a key is its original, unless :meth:`begin` has named another. After a call ``report`` says what was taken out.

    >>> import numpy as np, spx
    >>> f = spx.Filter("revive", rank=1, basis="original")
    >>> W = np.diag([9.0, 1.0]); dW = np.ones((2, 2))
    >>> f(W, dW, key="layers.5").round(12).tolist()
    [[0.0, 0.0], [0.0, 1.0]]
    >>> f.report["filter_k"], round(f.report["share_block"], 12)
    (1.0, 0.25)
    """

    def __init__(self, name: str = "revive", *, rank: int = 0, seed: int = 0, covariance: Matrix | None = None,
                 gradient_moment: Matrix | None = None, **parameters: Any) -> None:
        unknown = set(parameters) - set(_TEXTS) - set(_NUMBERS)
        if unknown:
            raise TypeError(f"{', '.join(sorted(unknown))}: no parameter of filters "
                            f"(expected some of: rank, seed, covariance, gradient_moment, "
                            f"{', '.join(_TEXTS + _NUMBERS)})")
        if rank < 0:
            raise _lib.InvalidArgument(f"rank is {rank} (expected 0 or more)")
        self.name = name
        self.report: dict[str, float] = {}
        self._spec = FilterSpec(name=name.encode(), k=rank, seed=seed)
        for p, value in parameters.items():
            if value is not None:
                setattr(self._spec, p, value.encode() if p in _TEXTS else float(value))
        self._moments = {}
        for field, moment in (("covariance", covariance), ("gradient_moment", gradient_moment)):
            if moment is not None:
                self._moments[field] = borrow(moment, field)
                finite(self._moments[field][0], field)
                setattr(self._spec, field, C.pointer(self._moments[field][0]))
        _lib.check("spx_filter_resolve", C.byref(self._spec), None)
        self._states: dict[Hashable, _State] = {}

    def begin(self, W0: Matrix, key: Hashable = None) -> None:
        """W0 is the original of this key from now on."""
        m, alive = borrow(W0, "the original weight")
        finite(m, "the original weight")
        self._states[key] = _State(self._spec, m, alive)

    def _ready(self, W: Matrix, key: Hashable) -> _State:
        if key not in self._states:
            self.begin(W, key)
            return self._states[key]
        m, alive = borrow(W, "the weight")
        state = self._states[key]
        if (m.rows, m.cols) != state.shape:
            raise _lib.InvalidArgument(f"the weight is {m.rows} x {m.cols}, its original {state.shape[0]} x "
                                       f"{state.shape[1]} (expected the same shape)")
        finite(m, "the weight")
        state.refresh(m, alive)
        return state

    def __call__(self, W: Matrix, dW: Change, key: Hashable = None) -> Change:
        """What remains of dW, in its kind, type and place. Factors (A, B) of dW = A @ B.T stay factors where the filter
        allows it."""
        u, models = _update(dW)
        try:
            rows, cols = u.A.rows, u.B.rows if u.B.cols else u.A.cols
            if (rows, cols) != tuple(np.shape(W)):
                raise _lib.InvalidArgument(f"the change is {rows, cols}, the weight {tuple(np.shape(W))} "
                                           "(expected the same shape)")
            state = self._ready(W, key)
            result = self._filtered(state, u, models)
            state.release()
            return result
        finally:
            lib.spx_update_free(C.byref(u))

    def _filtered(self, state: _State, u: Update, models: tuple) -> Change:
        r = _lib.FilterReport()
        _lib.check("spx_filter_apply", state.handle, C.byref(u), C.byref(r))
        value = (C.c_double * len(_lib.FILTER_VALUES))()
        lib.spx_filter_values(C.byref(r), value)
        self.report = dict(zip(_lib.FILTER_VALUES, value))
        if u.B.cols:
            return like(keep(u.A), models[0]), like(keep(u.B), models[-1])
        return like(keep(u.A), models[0])


def _update(dW: Change) -> tuple[Update, tuple]:
    factors = dW if isinstance(dW, (tuple, list)) and len(dW) == 2 and not np.isscalar(dW[0]) and _two(dW) else None
    u = Update()
    if factors is None:
        u.A = owned(dW, "the change")
    else:
        u.A = owned(dW[0], "A")
        try:
            u.B = owned(dW[1], "B")
            if u.A.cols != u.B.cols:
                raise _lib.InvalidArgument(f"A has {u.A.cols} columns, B {u.B.cols} (expected as many)")
        except BaseException:
            lib.spx_update_free(C.byref(u))
            raise
    try:
        finite(u.A, "the change")
        if u.B.cols:
            finite(u.B, "the change")
    except BaseException:
        lib.spx_update_free(C.byref(u))
        raise
    return u, tuple(factors) if factors else (dW,)


def _two(pair: Any) -> bool:
    return all(is_torch(x) or isinstance(x, np.ndarray) for x in pair) and all(x.ndim == 2 for x in pair)


def revive(W: Matrix, dW: Change, tau: float = 0.1, basis: str = "current", original: Matrix | None = None,
           rank: int = 0) -> Change:
    """dW without what enters the dominant outputs of a weight or leaves its dominant inputs (REVIVE, arXiv 2601.11042,
    Eq. 5 and 6): ``(I - U U^T) dW (I - V V^T)``.

    The directions are those of W as it is ("current"), of the ``original`` weight, or of both ("union"). One changed line
    in an editing loop: ``weights[name] += spx.revive(weights[name], upd_matrix)``. A loop that edits the same weights
    again and again on the original basis is faster with a :class:`Filter`, which keeps it.

    >>> import numpy as np, spx
    >>> spx.revive(np.diag([9.0, 1.0]), np.ones((2, 2)), rank=1).round(12).tolist()
    [[0.0, 0.0], [0.0, 1.0]]
    """
    if basis in ("original", "union") and original is None:
        raise _lib.InvalidArgument(f"basis {basis!r} needs the original weight: original=W0")
    f = Filter("revive", tau=tau, basis=basis, rank=rank)
    if basis in ("original", "union"):
        f.begin(original)
    return f(W, dW)
