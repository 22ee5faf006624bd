"""Whole checkpoints, by the tools that come with the library."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Sequence

from . import _lib



def tool(name: str) -> str:
    """The path of a tool: of $SPX_TOOLS, of the wheel, or of $PATH."""
    beside = Path(os.environ.get("SPX_TOOLS") or _lib.PREFIX / "bin") / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if not found:
        raise _lib.NotFound(f"no {name} in {beside.parent} or on the search path")
    return found


def run_tool(name: str, arguments: Sequence[Any]) -> str:
    """What a tool prints. Status 1 is a finding; a failure is raised in the tool's words."""
    done = subprocess.run([tool(name), *map(os.fspath, map(_text, arguments))], capture_output=True, text=True)
    if done.returncode not in (0, 1):
        lines = [x for x in done.stderr.splitlines() if x and not x.startswith("Try '")] or [f"{name} ended with status {done.returncode}"]
        raise _lib.SpxError(lines[-1].removeprefix(f"{name}: "))
    return done.stdout


def _text(x: Any) -> Any:
    return x if isinstance(x, (str, os.PathLike)) else str(x)


@dataclass(frozen=True)
class Diagnosis:
    """A checkpoint beside the one that it was made from.

    ``verdict`` in one or two words, ``change`` what kind of work leaves such a change, ``matrices`` one dictionary for each
    changed matrix (tensor, layer, role, k, lss_g, svs, ...), the worst first, ``abilities`` one for each that was
    measured before and after, ``facts`` the rest of the verdict. ``series`` holds the diagnoses of all stages, this
    one, of the last, included.
    """

    stage: str
    base: str
    verdict: str
    change: str
    subspaces: str
    behaviour: str
    facts: dict[str, Any] = field(repr=False)
    matrices: list[dict[str, Any]] = field(repr=False)
    abilities: list[dict[str, Any]] = field(repr=False)
    series: list["Diagnosis"] = field(repr=False, default_factory=list)

    @property
    def broken(self) -> bool:
        return self.behaviour == "broken"

    def to_pandas(self):
        """The changed matrices as a pandas DataFrame."""
        import pandas

        return pandas.DataFrame(self.matrices)


def _diagnosis(rows: list[dict[str, Any]]) -> Diagnosis:
    end = next(r for r in rows if r["row"] == "verdict")
    clean = [{k: v for k, v in r.items() if k not in ("schema", "tool", "stage", "base", "row")} for r in rows]
    named = ("stage", "base", "verdict", "change", "subspaces", "behaviour")
    return Diagnosis(**{n: end[n] for n in named},
                     facts={k: v for k, v in clean[rows.index(end)].items() if k not in named},
                     matrices=[c for r, c in zip(rows, clean) if r["row"] == "matrix"],
                     abilities=[c for r, c in zip(rows, clean) if r["row"] == "ability"])


def diagnose(base: Any, *later: Any, tau: float = 0.1, tensors: Sequence[str] = (), behaviour: bool = True,
             facts: Any = None, report: Any = None, options: Sequence[Any] = ()) -> Diagnosis:
    """What was done to checkpoints, how far their subspaces have moved, and whether they still work (spx-diagnose).

    Paths are checkpoints, folders of Hugging Face, GGUF files, RUN.h5#STAGE, or RUN.h5 for all its stages. ``report`` is
    a folder that gets report.html, figures and a run file; ``options`` are further ones of the tool.
    """
    asked: list[Any] = [base, *later, "--json", "-q", "--tau", repr(float(tau))]
    for glob in tensors:
        asked += ["-t", glob]
    if not behaviour:
        asked.append("--no-behaviour")
    if facts is not None:
        asked += ["--facts", facts]
    if report is not None:
        asked += ["-o", report]
    stages: dict[str, list[dict[str, Any]]] = {}
    for line in run_tool("spx-diagnose", [*asked, *options]).splitlines():
        row = json.loads(line)
        stages.setdefault(row["stage"], []).append(row)
    series = [_diagnosis(rows) for rows in stages.values()]
    series[-1].series.extend(series)
    return series[-1]
