"""spx: spectral analysis and diagnostics of knowledge editing in language models.

Matrices are outputs x inputs: NumPy arrays or torch tensors of any real type. They are read where they lie if they are
doubles whose rows are whole, copied once otherwise; results come back in the kind, type and place of what they replace.
Everything is computed in double precision by libspx, with the interpreter's lock released.
"""

from __future__ import annotations

from ._lib import SpxError, lib as _library
from .checkpoints import Diagnosis, diagnose
from .decompose import SVD, Comparison, Numbers, angles, compare, explain, spectrum, svd
from .filters import Filter, filters, revive
from .monitor import Monitor
from .run import open

__version__: str = _library.spx_version().decode()
__all__ = ["SVD", "Comparison", "Diagnosis", "Filter", "Monitor", "Numbers", "SpxError", "angles", "compare", "diagnose",
           "explain", "filters", "open", "revive", "spectrum", "svd", "threads"]


def threads(n: int | None = None) -> int:
    """The number of threads that the library uses; set to n where n is given.

    >>> import spx
    >>> spx.threads(1), spx.threads()
    (1, 1)
    """
    if n is not None:
        if n < 1:
            raise ValueError(f"{n} threads (expected at least 1)")
        _library.spx_threads_set(n)
    return _library.spx_threads()
