"""Matrices in and out: NumPy arrays and torch tensors, as views where their memory allows it."""

from __future__ import annotations

import ctypes as C
import sys
import weakref
from typing import Any, Callable

import numpy as np

from . import _lib
from ._lib import Mat, lib

Matrix = Any  # a NumPy array or a torch tensor of two dimensions


def is_torch(x: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def to_numpy(x: Matrix) -> np.ndarray:
    """The values of x in the memory of the processor: x's own memory, unless it is on a GPU or in a type that NumPy
    lacks."""
    if not is_torch(x):
        return np.asarray(x)
    x = x.detach()
    if x.dtype.is_floating_point and x.element_size() < 4:
        x = x.float()  # exact
    return x.cpu().numpy()


def like(values: np.ndarray, model: Matrix) -> Matrix:
    """values as an array of the kind, type and device of model; rounded once."""
    if is_torch(model):
        import torch

        return torch.from_numpy(values).to(dtype=model.dtype, device=model.device)
    kind = np.asarray(model).dtype
    return values.astype(kind if kind.kind == "f" else np.float64, copy=False)


def _check(x: np.ndarray, what: str) -> None:
    if x.ndim != 2:
        raise _lib.InvalidArgument(f"{what} has {x.ndim} dimensions (expected a matrix, 2)")
    if x.dtype.kind not in "fiub" or x.dtype.itemsize > 8:
        raise _lib.InvalidArgument(f"{what} holds {x.dtype} (expected real numbers of at most 64 bits)")
    if 0 in x.shape:
        raise _lib.InvalidArgument(f"{what} is {x.shape[0]} x {x.shape[1]} (expected at least 1 x 1)")


def borrow(x: Matrix, what: str = "the matrix") -> tuple[Mat, np.ndarray]:
    """x as the library reads it, and the array that must live as long. Doubles whose rows are whole are not copied,
    whatever their distance."""
    a = to_numpy(x)
    _check(a, what)
    step = a.strides[0] // 8
    whole = a.dtype == np.float64 and a.flags.aligned and (a.strides[1] == 8 or a.shape[1] == 1)
    if not (whole and a.strides[0] % 8 == 0 and step >= a.shape[1]):
        a = np.ascontiguousarray(a, dtype=np.float64)
        step = a.shape[1]
    return Mat(a.shape[0], a.shape[1], step, a.ctypes.data_as(C.POINTER(C.c_double))), a


def finite(m: Mat, what: str) -> None:
    try:
        _lib.check("spx_mat_check_finite", C.byref(m))
    except _lib.SpxError as e:
        raise type(e)(f"{what}: {e}", e.status, e.where) from None


def owned(x: Matrix, what: str) -> Mat:
    """A copy of x in the library's memory, to be freed by spx_mat_free; made by all threads where x is in double or float."""
    a = to_numpy(x)
    _check(a, what)
    m = Mat()
    if a.dtype == np.float64:
        given, alive = borrow(a, what)
        _lib.check("spx_mat_clone", C.byref(m), C.byref(given))
        return m
    _lib.check("spx_mat_alloc", C.byref(m), a.shape[0], a.shape[1])
    if a.dtype == np.float32 and a.flags.c_contiguous and a.flags.aligned:
        lib.spx_floats_widen(a.ctypes.data_as(C.POINTER(C.c_float)), C.byref(m))
    else:
        view(m)[...] = a
    return m


def view(m: Mat) -> np.ndarray:
    """The memory of m as an array, which must not outlive it."""
    if m.rows == 0 or m.cols == 0:
        return np.empty((m.rows, m.cols))
    flat = np.ctypeslib.as_array(m.data, (m.rows * m.ld,))
    return flat.reshape(m.rows, m.ld)[:, : m.cols]


def vector(p: Any, n: int) -> np.ndarray:
    return np.ctypeslib.as_array(p, (n,)).copy() if p and n else np.empty(0)


class _Memory:
    """Keeps a structure of the library alive for the arrays that look into it."""

    def __init__(self, thing: C.Structure, free: Callable[[Any], None]) -> None:
        self.thing = thing
        weakref.finalize(self, free, C.byref(thing))


def keep(m: Mat) -> np.ndarray:
    """m as an array that owns its memory: no copy."""
    if m.rows == 0 or m.cols == 0:
        lib.spx_mat_free(C.byref(m))
        return np.empty((m.rows, m.cols))
    own = Mat(m.rows, m.cols, m.ld, m.data)
    buffer = (C.c_double * (m.rows * m.ld)).from_address(C.addressof(m.data.contents))
    buffer._memory = _Memory(own, lib.spx_mat_free)
    m.data = None
    return np.frombuffer(buffer).reshape(own.rows, own.ld)[:, : own.cols]
