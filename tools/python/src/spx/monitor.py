"""The weights of a model in anybody's training or editing loop, kept as stages of a run file."""

from __future__ import annotations

import ctypes as C
import hashlib
import os
from fnmatch import fnmatch
from typing import Any, Mapping, Sequence

import numpy as np

from . import _lib
from ._arrays import to_numpy
from ._store import CONTINUE, CREATE, UPDATE, Store


class _Place(C.Structure):
    _fields_ = [("role", C.c_int), ("layer", C.c_long), ("in_out", C.c_bool), ("expert", C.c_long),
                ("stack", C.c_int), ("before", C.c_size_t), ("block", C.c_size_t)]


_lib._declare("spx_arch_place", _Place, C.c_char_p)
_lib._declare("spx_role_name", C.c_char_p, C.c_int)


def _is_ffn_output(name: str) -> bool:
    return _lib.lib.spx_role_name(_lib.lib.spx_arch_place(name.encode()).role) == b"ffn_out"


class Monitor:
    """Keeps chosen weights of a model stage by stage in a run file that every tool reads.

    ``model`` is a torch module or a mapping of names to matrices; ``tensors`` are shell patterns of names (by default the
    FFN output projections). A run file that exists is continued. The first stage keeps every chosen weight, later ones
    those that have changed since; each is committed before :meth:`stage` returns, so that a kill loses nothing.

    >>> import numpy as np, spx, tempfile, os
    >>> folder = tempfile.TemporaryDirectory()
    >>> W = {"model.layers.0.mlp.down_proj.weight": np.eye(3, dtype=np.float32)}
    >>> monitor = spx.Monitor(W, os.path.join(folder.name, "run.h5"))
    >>> monitor.stage("base")
    1
    >>> W["model.layers.0.mlp.down_proj.weight"][0, 0] = 2
    >>> monitor.stage("r10", edits=10), monitor.stage("r20", edits=20)
    (1, 0)
    >>> folder.cleanup()
    """

    def __init__(self, model: Any, path: str | os.PathLike[str] = "run.h5", tensors: Sequence[str] = ()) -> None:
        self.path, self._model, self._globs = os.fspath(path), model, tuple(tensors)
        self._seen: dict[str, str] = {}
        self._stages, self._mode = 0, UPDATE  # another's file is read from end to end before the first change
        if not self._chosen():
            wanted = ", ".join(self._globs) or "an FFN output projection"
            raise _lib.NotFound(f"no matrix of the model is {wanted}")
        if os.path.exists(self.path):
            self._continue()

    def _continue(self) -> None:
        """What the last stages of an earlier process left: a weight is kept again only if it has changed."""
        with Store(self.path) as store:
            for name, _ in store.stages():
                self._stages += 1
                group = f"snapshots/{name}"
                if store.has(group):
                    for t in store.names(group):
                        tensor = store.true_name(group, t)
                        self._seen[tensor] = store.text(f"{group}/{t}", "sha256") or ""

    def _chosen(self) -> dict[str, Any]:
        named = self._model if isinstance(self._model, Mapping) else dict(self._model.named_parameters())
        fits = (lambda n: any(fnmatch(n, g) for g in self._globs)) if self._globs else _is_ffn_output
        return {n: w for n, w in named.items() if len(w.shape) == 2 and fits(n)}

    def stage(self, name: str, edits: float | None = None) -> int:
        """Keeps the weights as they are now as stage ``name``; ``edits`` is the number of edits made by then (by default
        that in the name, as 10 in "r10", or else the stage's place). Returns how many weights were kept."""
        fresh: dict[str, np.ndarray] = {}
        seen = dict(self._seen)
        for tensor, w in self._chosen().items():
            values = self._floats(tensor, w)
            digest = hashlib.sha256(values.data).hexdigest()
            if seen.get(tensor) != digest:
                fresh[tensor], seen[tensor] = values, digest
        with Store(self.path, self._mode if os.path.exists(self.path) else CREATE) as store:
            store.add_stage(name, self._edits(name) if edits is None else float(edits))
            for tensor, values in fresh.items():
                store.put_weight(name, tensor, values)
            store.set_text(f"snapshots/{name}", "checkpoint", "spx.Monitor")
        self._seen, self._stages, self._mode = seen, self._stages + 1, CONTINUE
        return len(fresh)

    @staticmethod
    def _floats(tensor: str, w: Any) -> np.ndarray:
        values = np.ascontiguousarray(to_numpy(w), dtype=np.float32)
        bad = np.argwhere(~np.isfinite(values))
        if len(bad):
            i, j = bad[0]
            raise _lib.NumericFault(f"{tensor}: entry ({i}, {j}) is {values[i, j]} (expected a finite number)")
        return values

    def _edits(self, name: str) -> float:
        digits = name.lstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_")
        return float(digits) if digits.isdigit() else float(self._stages)
