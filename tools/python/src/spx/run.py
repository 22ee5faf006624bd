"""Run files as xarray Datasets, and their figures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from ._store import Store
from .checkpoints import run_tool

_AXES = {"sigma": "sv", "change_sigma": "sv", "change_map": "cell", "overlaps_u": "pair_u", "overlaps_v": "pair_v"}
_SCALES = ("sv", "direction", "cell", "pair", "round", "stage", "stage_name")  # axes of a group, not quantities


def _series(store: Store, group: str, stages: int) -> dict[str, tuple[np.ndarray, dict[str, str]]]:
    """The quantities of a group along stages, with their units, definitions and sources."""
    found = {}
    for name in store.names(group):
        path = f"{group}/{name}"
        units = store.text(path, "units")
        if name in _SCALES or units is None:
            continue
        values = store.get(group, name)
        if values.shape[0] == stages:
            about = {k: store.text(path, k) or "" for k in ("long_name", "source")}
            found[name] = (values, {"units": units, **about})
    return found


def _stack(parts: list[np.ndarray | None], stages: int) -> np.ndarray:
    """tensor x stage x axis, NaN where a tensor has no such number or a shorter row."""
    width = max(p.shape[1] for p in parts if p is not None)
    out = np.full((len(parts), stages, width), np.nan)
    for i, p in enumerate(parts):
        if p is not None:
            out[i, :, : p.shape[1]] = p
    return out


def _tensor_variables(store: Store, stages: int) -> tuple[list[str], dict[str, Any]]:
    if not store.has("tensors"):
        return [], {}
    stored = store.names("tensors")
    groups = [_series(store, f"tensors/{t}", stages) for t in stored]
    variables: dict[str, Any] = {}
    for name in dict.fromkeys(n for g in groups for n in g):
        have = [g.get(name) for g in groups]
        values = _stack([h[0] if h else None for h in have], stages)
        about = next(h[1] for h in have if h)
        rows = name in _AXES or values.shape[2] > 1
        dims = ("tensor", "stage", _AXES.get(name, "direction")) if rows else ("tensor", "stage")
        variables[name] = (dims, values if rows else values[:, :, 0], about)
    return [store.true_name("tensors", t) for t in stored], variables


def _coordinates(store: Store) -> dict[str, Any]:
    stages = list(store.stages())
    return {"stage": ("stage", [e for _, e in stages], {"long_name": "edits made so far", "units": "1"}),
            "stage_name": ("stage", [n for n, _ in stages])}


def open(path: str | os.PathLike[str], group: str | None = None):
    """A run file as an xarray Dataset.

    Numbers of matrices are (tensor, stage) or (tensor, stage, axis), those of the model's behaviour ("evaluation") are
    (stage); ``stage`` counts edits, ``stage_name`` names stages. With ``group`` ("evaluation", "edits", "timing", ...) the
    numbers of that group alone; those of "item_outcomes" are (stage, METRIC_item), whose labels are the items' ids.
    ``run.spx.plot(figure)`` draws what spx-plot draws.
    """
    import xarray

    _register(xarray)
    with Store(path) as store:
        coords = _coordinates(store)
        n = len(coords["stage"][1])
        names: list[str] = []
        variables: dict[str, Any] = {}
        if group is None:
            names, variables = _tensor_variables(store, n)
        for g in [group] if group else [g for g in ("evaluation",) if store.has(g)]:
            for name, (values, about) in _series(store, g, n).items():
                if name not in variables:
                    axis = "round" if store.has(f"{g}/round") else f"{name}_axis"
                    if store.has(f"{g}/{name}_item"):
                        axis = f"{name}_item"
                        coords[axis] = (axis, store.get(g, axis)[:, 0].astype(int))
                    dims = ("stage",) if values.shape[1] == 1 else ("stage", axis)
                    variables[name] = (dims, values[:, 0] if values.shape[1] == 1 else values, about)
        if names:
            coords["tensor"] = ("tensor", names)
        history = store.text("", "history")
    for axis in ("sv", "direction"):
        size = [v[1].shape[2] for v in variables.values() if axis in v[0]]
        if size:
            coords[axis] = (axis, np.arange(1, max(size) + 1))
            variables = {k: _widen(v, axis, max(size)) for k, v in variables.items()}
    return xarray.Dataset(variables, coords, {"source": os.fspath(path), "history": history or ""})


def _widen(v: tuple, axis: str, size: int) -> tuple:
    dims, values, about = v
    if axis not in dims or values.shape[-1] == size:
        return v
    return dims, np.pad(values, [(0, 0)] * (values.ndim - 1) + [(0, size - values.shape[-1])], constant_values=np.nan), about


def plot(figure: str, output: str | os.PathLike[str], *runs: Any, options: tuple = (), **arms: Any) -> Path:
    """Draws a figure of run files with spx-plot (gnuplot must be installed): a path that ends with .pdf, .svg or .png.
    Arms are named by keywords: ``spx.run.plot("subspace", "s.svg", MEMIT="memit.h5", REVIVE="revive.h5")``."""
    run_tool("spx-plot", [figure, *runs, *(f"{label}={os.fspath(p)}" for label, p in arms.items()), "-o", output,
                          *options])
    return Path(output)


def _register(xarray: Any) -> None:
    if hasattr(xarray.Dataset, "spx"):
        return

    @xarray.register_dataset_accessor("spx")
    class _Spx:
        """What spx adds to a Dataset that spx.open gave."""

        def __init__(self, dataset: Any) -> None:
            self._source = dataset.attrs.get("source")

        def plot(self, figure: str, output: str | os.PathLike[str], **arms: Any) -> Path:
            """Draws the figure of this run file and of other arms beside it."""
            if not self._source:
                raise ValueError("the dataset does not say which run file it is of")
            return plot(figure, output, self._source, **arms)
