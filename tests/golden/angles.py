"""Principal angles of two random matrices by SciPy, for tests/install/angles.c.

usage: /path/to/venv/bin/python angles.py      (numpy==2.4.6, scipy==1.17.1)

angles-a.npy, angles-b.npy: 40 x 5, F64, seed 23; the first column of both is the same.
angles.txt: degrees, ascending, %.6f.
"""
import pathlib

import numpy as np
from scipy.linalg import subspace_angles

g = np.random.default_rng(23)
here = pathlib.Path(__file__).parent
a, b = g.standard_normal((2, 40, 5))
b[:, 0] = a[:, 0]
b[:, 1] = a[:, 1] + 0.01 * b[:, 1]
np.save(here / "angles-a.npy", a)
np.save(here / "angles-b.npy", b)
np.savetxt(here / "angles.txt", np.degrees(subspace_angles(a, b))[::-1], "%.6f")
