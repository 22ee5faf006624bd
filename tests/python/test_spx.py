"""The package beside NumPy: what it computes, what it copies, what it refuses, and that it keeps no memory."""
import doctest
import gc
import importlib
import os
import threading
import time
import unittest

import numpy as np

import spx
from spx import _arrays, _lib

try:
    import torch
except ImportError:
    torch = None


def matrix(m, n, seed=0):
    """Singular values that decay, so that directions are well separated."""
    rng = np.random.default_rng(seed)
    U, _ = np.linalg.qr(rng.standard_normal((m, min(m, n))))
    V, _ = np.linalg.qr(rng.standard_normal((n, min(m, n))))
    return U * (2.0 ** -np.arange(min(m, n)) * 100) @ V.T


def revived(W, dW, k):
    U, _, Vt = np.linalg.svd(W, full_matrices=False)
    U, V = U[:, :k], Vt[:k].T
    return dW - U @ (U.T @ dW) - (dW @ V) @ V.T + U @ (U.T @ dW @ V) @ V.T


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Decompositions(unittest.TestCase):
    def test_svd_is_numpys(self):
        for shape in ((7, 12), (12, 7), (1, 5), (5, 1)):
            W = matrix(*shape)
            f = spx.svd(W, k=min(shape), engine="full")
            np.testing.assert_allclose(f.s, np.linalg.svd(W, compute_uv=False), atol=1e-13 * f.s[0])
            np.testing.assert_allclose(f.U * f.s @ f.V.T, W, atol=1e-12 * f.s[0])

    def test_strides_give_the_same_bits(self):
        big = np.random.default_rng(1).standard_normal((40, 60))
        plain = np.ascontiguousarray(big[::2, 3:30])
        for view in (big[::2, 3:30], np.asfortranarray(plain), plain[::-1][::-1]):
            self.assertTrue(np.array_equal(spx.svd(view, k=3).U, spx.svd(plain, k=3).U))
        flipped = plain[::-1]
        np.testing.assert_allclose(spx.svd(flipped).s, spx.svd(plain).s, atol=1e-12)

    def test_doubles_are_read_where_they_lie(self):
        big = np.ones((6, 9))
        for a in (big, big[1:4], big[::2, 2:5]):
            m, alive = _arrays.borrow(a)
            self.assertEqual(_lib.C.addressof(m.data.contents), a.ctypes.data)
            self.assertTrue(np.shares_memory(alive, a))
            self.assertEqual(m.ld, a.strides[0] // 8)
        for a in (big.T, big[:, ::-1], big[::-1], big.astype(np.float32), np.broadcast_to(big[0], (6, 9))):
            self.assertFalse(np.shares_memory(_arrays.borrow(a)[1], a))

    def test_input_is_unchanged(self):
        W, W1, dW = matrix(9, 7), matrix(9, 7, 1), matrix(9, 7, 2)
        kept = W.copy(), W1.copy(), dW.copy()
        spx.svd(W, k=2), spx.spectrum(W), spx.compare(W, W1), spx.revive(W, dW), spx.angles(W[:, :2], W1[:, :2])
        for a, b in zip((W, W1, dW), kept):
            self.assertTrue(np.array_equal(a, b))

    def test_spectrum(self):
        W = matrix(20, 30)
        s = np.linalg.svd(W, compute_uv=False)
        x = spx.spectrum(W)
        self.assertAlmostEqual(x.fro / np.linalg.norm(W), 1, 12)
        self.assertAlmostEqual(x.stable_rank / (np.sum(s**2) / s[0] ** 2), 1, 12)
        self.assertEqual(len(x.sigma), 20)
        for name in _lib.SPECTRUM + _lib.SUBSPACE + _lib.CHANGE + _lib.ROWS:
            self.assertIn(name, spx.explain(name))

    def test_angles(self):
        A, B = np.random.default_rng(2).standard_normal((2, 11, 3))
        cos = np.linalg.svd(np.linalg.qr(A)[0].T @ np.linalg.qr(B)[0], compute_uv=False)
        np.testing.assert_allclose(spx.angles(A, B), np.arccos(cos), atol=1e-12)

    def test_compare(self):
        W0 = matrix(16, 24)
        W = W0 + matrix(16, 24, 5) * 0.1
        c = spx.compare(W0, W, k=3)
        U0, U = np.linalg.svd(W0)[0][:, :3], np.linalg.svd(W)[0][:, :3]
        V0, V = np.linalg.svd(W0)[2][:3].T, np.linalg.svd(W)[2][:3].T
        np.testing.assert_allclose(c.rows[_lib.ROWS[0]], spx.angles(U0, U), atol=1e-9)
        np.testing.assert_allclose(c.rows[_lib.ROWS[1]], spx.angles(V0, V), atol=1e-9)
        self.assertAlmostEqual(c.change_fro / np.linalg.norm(W - W0), 1, 12)
        np.testing.assert_allclose(c.change_sigma, np.linalg.svd(W - W0, compute_uv=False), atol=1e-11)
        same = spx.compare(W0, W0, k=3)
        self.assertEqual((same.theta_max_u, same.change_fro, same.change_rank), (0, 0, 0))


class Filters(unittest.TestCase):
    def test_revive_is_the_paper_s_formula(self):
        W, dW = matrix(14, 10), np.random.default_rng(3).standard_normal((14, 10))
        for k in (1, 3):
            np.testing.assert_allclose(spx.revive(W, dW, rank=k), revived(W, dW, k), atol=1e-12)
        s = np.linalg.svd(W, compute_uv=False)
        k = int(np.searchsorted(np.cumsum(s), 0.6 * s.sum())) + 1
        np.testing.assert_allclose(spx.revive(W, dW, tau=0.6), revived(W, dW, k), atol=1e-12)

    def test_bases(self):
        W0, W = matrix(12, 9), matrix(12, 9, 8)
        dW = np.random.default_rng(4).standard_normal((12, 9))
        np.testing.assert_allclose(spx.revive(W, dW, rank=2, basis="original", original=W0), revived(W0, dW, 2), atol=1e-12)
        np.testing.assert_allclose(spx.revive(W, dW, rank=2, basis="current", original=W0), revived(W, dW, 2), atol=1e-12)
        both = spx.revive(W, dW, rank=2, basis="union", original=W0)
        for M in (W0, W):
            U = np.linalg.svd(M)[0][:, :2]
            np.testing.assert_allclose(U.T @ both, 0, atol=1e-12)

    def test_a_key_keeps_its_basis(self):
        f = spx.Filter("revive", rank=2, basis="original")
        W0 = {"a": matrix(8, 8), "b": matrix(8, 8, 9)}
        dW = np.random.default_rng(5).standard_normal((8, 8))
        for key in W0:
            f(W0[key], dW, key=key)
        for key in W0:
            later = W0[key] + matrix(8, 8, 20)
            np.testing.assert_allclose(f(later, dW, key=key), revived(W0[key], dW, 2), atol=1e-12)

    def test_cumulative(self):
        W0, rng = matrix(8, 6), np.random.default_rng(6)
        f = spx.Filter("revive", rank=2, basis="original", apply="cumulative")
        f.begin(W0)
        W = W0 + rng.standard_normal((8, 6))
        dW = rng.standard_normal((8, 6))
        np.testing.assert_allclose(f(W, dW), revived(W0, W + dW - W0, 2) - (W - W0), atol=1e-12)

    def test_every_filter_of_the_table(self):
        W, rng = matrix(16, 12), np.random.default_rng(7)
        dW, C, G = rng.standard_normal((16, 12)), rng.standard_normal((12, 40)), rng.standard_normal((16, 40))
        moments = {"alphaedit": dict(covariance=C @ C.T), "crisp": dict(covariance=C @ C.T, gradient_moment=G @ G.T)}
        self.assertGreater(len(spx.filters()), 10)
        for name in spx.filters():
            f = spx.Filter(name, **moments.get(name, {}))
            out = f(W, dW)
            self.assertEqual((out.shape, out.dtype), (dW.shape, dW.dtype))
            self.assertTrue(np.isfinite(out).all(), name)
            self.assertAlmostEqual(f.report["written_norm"], np.linalg.norm(out), 8, name)
            if name == "dg-hard":  # the median value of a change of low rank is 0
                continue
            A, B = rng.standard_normal((16, 2)), rng.standard_normal((12, 2))
            got, dense = f(W, (A, B)), f(W, A @ B.T)
            got = got[0] @ got[1].T if isinstance(got, tuple) else got
            np.testing.assert_allclose(got, dense, atol=1e-8, err_msg=name)

    def test_types_in_are_types_out(self):
        W, dW = matrix(6, 5).astype(np.float32), np.ones((6, 5), np.float32)
        out = spx.revive(W, dW, rank=1)
        self.assertEqual(out.dtype, np.float32)
        exact = spx.revive(W.astype(float), dW.astype(float), rank=1)
        self.assertTrue(np.array_equal(out, exact.astype(np.float32)))
        self.assertEqual(spx.revive(W, dW.astype(int), rank=1).dtype, np.float64)


@unittest.skipUnless(torch, "no torch")
class Torch(unittest.TestCase):
    def test_tensors_in_and_out(self):
        W = matrix(6, 5)
        for dtype in (torch.float64, torch.float32, torch.bfloat16, torch.float16):
            w, dw = torch.tensor(W).to(dtype), torch.ones(6, 5, dtype=dtype)
            out = spx.revive(w, dw, rank=1)
            self.assertEqual((out.dtype, out.device), (dtype, dw.device))
            exact = torch.from_numpy(spx.revive(w.double().numpy(), np.ones((6, 5)), rank=1))
            self.assertTrue(torch.equal(out, exact.to(dtype)))
        p = torch.nn.Parameter(torch.tensor(W))
        self.assertTrue(np.shares_memory(_arrays.borrow(p)[1], p.detach().numpy()))
        self.assertEqual(spx.svd(p.T).s.shape, (5,))


class Refusals(unittest.TestCase):
    def refused(self, text, kind, f, *a, **k):
        with self.assertRaisesRegex(kind, text) as caught:
            f(*a, **k)
        self.assertIsInstance(caught.exception, spx.SpxError)
        self.assertNotIn("\n", str(caught.exception))

    def test_shapes_and_types(self):
        W = np.eye(3)
        self.refused("has 1 dimensions", ValueError, spx.svd, np.ones(3))
        self.refused("0 x 3", ValueError, spx.svd, np.ones((0, 3)))
        self.refused("complex", ValueError, spx.svd, np.ones((2, 2), complex))
        self.refused("<U1|object", ValueError, spx.svd, np.array([["a"]]))
        self.refused("W0 is 3 x 3, W is 2 x 3", ValueError, spx.compare, W, W[:2])
        self.refused("3, 2.*3, 3", ValueError, spx.revive, W, np.ones((3, 2)))
        self.refused("A has 2 columns, B 1", ValueError, spx.revive, W, (np.ones((3, 2)), np.ones((3, 1))))
        self.refused("no more columns than rows", ValueError, spx.angles, np.ones((2, 3)), np.ones((2, 3)))
        self.refused("expected the same shape", ValueError, spx.angles, np.eye(3)[:, :2], np.eye(3)[:, :1])
        f = spx.Filter("revive")
        f(W, W)
        self.refused("expected the same shape", ValueError, f, np.eye(4), np.eye(4))

    def test_values(self):
        W = np.eye(3)
        bad = W.copy()
        bad[1, 2] = np.nan
        for f in (spx.svd, spx.spectrum, lambda x: spx.compare(W, x), lambda x: spx.compare(x, W),
                  lambda x: spx.revive(x, W), lambda x: spx.revive(W, x), lambda x: spx.angles(x, W),
                  lambda x: spx.Filter("alphaedit", covariance=x), lambda x: spx.Filter("crisp", gradient_moment=x)):
            self.refused("finite|nan", ArithmeticError, f, bad)
        self.refused("all zero", ArithmeticError, spx.compare, W, W * 0)
        for tau in (0, -1, 2, np.nan):
            self.refused("tau", ValueError, spx.compare, W, 2 * W, tau=tau)
            if tau != 0:
                self.refused("tau", ValueError, spx.revive, W, W, tau=tau)
        self.refused("3 directions", ValueError, spx.compare, W, 2 * W, k=4)
        self.refused("-1", ValueError, spx.svd, W, k=-1)
        self.refused("-1", ValueError, spx.Filter, rank=-1)

    def test_names(self):
        W = np.eye(3)
        self.refused("did you mean 'revive'", ValueError, spx.Filter, "reviev")
        self.refused("basis", ValueError, spx.revive, W, W, basis="curent")
        self.refused("needs the original", ValueError, spx.revive, W, W, basis="original")
        self.refused("bf61", ValueError, spx.compare, W, 2 * W, dtype="bf61")
        self.refused("no number", LookupError, spx.explain, "nothing")
        self.refused("second moment", ValueError, lambda: spx.Filter("alphaedit")(W, W))
        self.refused("output gradients", ValueError, lambda: spx.Filter("crisp", covariance=W)(W, W))
        with self.assertRaisesRegex(TypeError, "tua"):
            spx.Filter("revive", tua=0.1)
        with self.assertRaises(AttributeError):
            spx.spectrum(W).nothing


class Memory(unittest.TestCase):
    def test_ten_thousand_calls(self):
        W, dW = matrix(12, 16), matrix(12, 16, 1)
        f = spx.Filter("revive", tau=0.3)

        def calls(n):
            for i in range(n):
                f(W, dW, key=i % 3), spx.svd(W, k=2), spx.revive(W, (dW[:, :2], dW[:2].T[:, :2]))
                try:
                    spx.revive(W, dW * np.nan)
                except spx.SpxError:
                    pass
                if i % 5 == 0:
                    spx.compare(W, W + dW), spx.spectrum(W), spx.angles(W[:, :2], dW[:, :2])
            gc.collect()

        calls(300)
        before = resident()
        calls(2500)  # 4 in each turn
        self.assertLess(resident() - before, 3 << 20)

    def test_results_outlive_what_made_them(self):
        f = spx.svd(matrix(300, 200), k=100)
        U, kept = f.U, f.U.copy()
        del f
        gc.collect()
        [np.ones(300 * 100) for _ in range(20)]
        self.assertTrue(np.array_equal(U, kept))
        U[0, 0] = 1  # it is the caller's

    def test_the_lock_is_released(self):
        W = np.random.default_rng(0).standard_normal((500, 500))
        seen, work = [], threading.Thread(target=lambda: [spx.svd(W, k=500) for _ in range(3)])
        work.start()
        while work.is_alive():
            seen.append(time.perf_counter())
            time.sleep(0.001)
        self.assertGreater(len(seen), 20)


def load_tests(loader, tests, pattern):
    for name in ("", ".decompose", ".filters", ".monitor"):
        tests.addTests(doctest.DocTestSuite(importlib.import_module("spx" + name)))
    return tests


if __name__ == "__main__":
    unittest.main()
