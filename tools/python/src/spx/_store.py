"""Run files through the library, which knows their parts and checks their sums."""

from __future__ import annotations

import ctypes as C
import os
from typing import Any, Iterator

import numpy as np

from . import _lib
from ._arrays import keep
from ._lib import Mat, lib

READ, CREATE, UPDATE, CONTINUE = 0, 2, 3, 4  # spx_store_mode

_P = C.POINTER
_lib._declare("spx_store_names", C.c_int, C.c_void_p, C.c_char_p, _P(_P(C.c_char_p)), _P(C.c_size_t), _P(_lib.Error))
_lib._declare("spx_store_names_free", None, _P(C.c_char_p), C.c_size_t)
_lib._declare("spx_store_get", C.c_int, C.c_void_p, C.c_char_p, C.c_char_p, _P(Mat), _P(_lib.Error))
_lib._declare("spx_store_get_text", C.c_int, C.c_void_p, C.c_char_p, C.c_char_p, _P(C.c_void_p), _P(_lib.Error))
_lib._declare("spx_store_true_name", C.c_int, C.c_void_p, C.c_char_p, C.c_char_p, _P(C.c_void_p), _P(_lib.Error))
_lib._declare("spx_store_stage", C.c_int, C.c_void_p, C.c_size_t, _P(C.c_void_p), _P(C.c_double), _P(_lib.Error))
_lib._declare("spx_store_has", C.c_bool, C.c_void_p, C.c_char_p)


def _taken(p: C.c_void_p) -> str:
    text = C.string_at(p).decode()
    lib.spx_free(p)
    return text


class Store:
    """An open run file; a context that commits what was written unless it is left by an exception."""

    def __init__(self, path: Any, mode: int = READ) -> None:
        self.handle, self.mode = C.c_void_p(), mode
        _lib.check("spx_store_open", os.fsencode(path), mode, C.byref(self.handle))

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, kind: Any, *rest: Any) -> None:
        if kind is None and self.mode != READ:
            _lib.check("spx_store_commit", C.byref(self.handle))
        elif self.handle:
            lib.spx_store_close(self.handle)
        self.handle = C.c_void_p()

    def names(self, group: str) -> list[str]:
        found, n = _P(C.c_char_p)(), C.c_size_t()
        _lib.check("spx_store_names", self.handle, group.encode(), C.byref(found), C.byref(n))
        names = [found[i].decode() for i in range(n.value)]
        lib.spx_store_names_free(found, n)
        return names

    def has(self, path: str) -> bool:
        return lib.spx_store_has(self.handle, path.encode())

    def get(self, group: str, name: str) -> np.ndarray:
        m = Mat()
        _lib.check("spx_store_get", self.handle, group.encode(), name.encode(), C.byref(m))
        return keep(m)

    def text(self, path: str, attribute: str) -> str | None:
        out = C.c_void_p()
        try:
            _lib.check("spx_store_get_text", self.handle, path.encode(), attribute.encode(), C.byref(out))
        except _lib.SpxError:
            return None
        return _taken(out)

    def true_name(self, group: str, stored: str) -> str:
        out = C.c_void_p()
        _lib.check("spx_store_true_name", self.handle, group.encode(), stored.encode(), C.byref(out))
        return _taken(out)

    def stages(self) -> Iterator[tuple[str, float]]:
        for i in range(lib.spx_store_stages(self.handle)):
            name, edits = C.c_void_p(), C.c_double()
            _lib.check("spx_store_stage", self.handle, i, C.byref(name), C.byref(edits))
            yield _taken(name), edits.value

    def add_stage(self, name: str, edits: float) -> None:
        _lib.check("spx_store_add_stage", self.handle, name.encode(), edits)

    def set_text(self, group: str, name: str, value: str) -> None:
        _lib.check("spx_store_set_text", self.handle, group.encode(), name.encode(), value.encode())

    def put_weight(self, stage: str, tensor: str, w: np.ndarray) -> None:
        w = np.ascontiguousarray(w, dtype=np.float32)
        _lib.check("spx_record_weight", self.handle, stage.encode(), tensor.encode(),
                   w.ctypes.data_as(_P(C.c_float)), w.shape[0], w.shape[1])
