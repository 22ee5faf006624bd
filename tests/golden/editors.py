"""Changes that the closed-form editors make, each by its published formula with dense LU solves in float64.

usage: editors.py          writes editors.safetensors beside it

One random bundle (seed 1): keys K (24 x 5), bare keys Kc, residuals R (10 x 5), keys of earlier batches Kp (24 x 30: more
than dimensions), second moment C with eigenvalues from 1 to 1e-3, weight W (10 x 24), a change D of it, a change E before D. Everything
else is the expected dW of the editor and options that test_editors.c names beside it. Versions: requirements.txt.
"""
import pathlib

import numpy as np
from safetensors.numpy import save_file

F, DIM, N, PAST = 24, 10, 5, 30
rng = np.random.default_rng(1)
Q, _ = np.linalg.qr(rng.normal(size=(F, F)))
C = Q @ np.diag(np.logspace(0, -3, F)) @ Q.T
C = (C + C.T) / 2
K, Kp = rng.normal(size=(F, N)), rng.normal(size=(F, PAST))
Kc = K + 0.3 * rng.normal(size=(F, N))
R, W = rng.normal(size=(DIM, N)), 0.5 * rng.normal(size=(DIM, F))
D = 0.8 * rng.normal(size=(DIM, F))
E = 0.3 * rng.normal(size=(DIM, F))
I = np.eye(F)


def ridge(B, K=K, R=R):
    return R @ np.linalg.solve(B + K @ K.T, K).T


def alphaedit(excluded, l2, past=np.zeros((F, 0))):
    w, V = np.linalg.eigh(C)
    P = np.eye(F) - V[:, excluded(w)] @ V[:, excluded(w)].T
    return np.linalg.solve(P @ (K @ K.T + past @ past.T) + l2 * I, P @ K @ R.T).T


def evoedit(excluded, l2, past):
    """Before K, keys of earlier batches have narrowed P, half of the first `past` each time."""
    w, V = np.linalg.eigh(C)
    P = np.eye(F) - V[:, excluded(w)] @ V[:, excluded(w)].T
    for batch in (Kp[:, :past // 2], Kp[:, past // 2:past]):
        U, s, _ = np.linalg.svd(P @ batch, full_matrices=False)
        U = U[:, s > max(F * np.finfo(float).eps * s[0], 1e-10)]
        P = P - U @ U.T
    return R @ np.linalg.solve(K.T @ P @ K + l2 * np.eye(N), K.T @ P)


def simie(lam):
    """Two batches: the change D carried over with the tokens Kp, then E with the tokens K, from the weight that the first left."""
    P = lam * I + Kp @ Kp.T
    first = D @ Kp @ Kp.T @ np.linalg.inv(P)
    P = P + K @ K.T
    return first, (E - first) @ K @ K.T @ np.linalg.inv(P)


def emmet(lam, lam_n, lam_e, n=N):
    inverse = np.linalg.inv(lam * C + lam_n * I)
    k = K[:, :n]
    inner = k.T @ inverse @ k + (lam_e if n > 1 else 0) * np.eye(n)
    return R[:, :n] @ np.linalg.inv(inner) @ k.T @ inverse


def rome(M):
    u = np.linalg.solve(M, K[:, 0])
    u /= np.linalg.norm(u)
    return np.outer(R[:, 0] / (Kc[:, 0] @ u), u)


def r_rome(M):
    k, y_star = K[:, 0], R[:, 0] + W @ Kc[:, 0]
    g = np.linalg.solve(M, k)
    return np.outer(y_star - W @ k, g) / (k @ g)


def nse(p, lam):
    score = np.abs(K).sum(1)
    order = np.argsort(-score)
    count = min(F, int((np.cumsum(score[order]) <= p * score.sum()).sum()) + 1)
    S = np.sort(order[:count])
    B = lam * C + Kp @ Kp.T
    out = np.zeros((DIM, F))
    out[:, S] = ridge(B[np.ix_(S, S)], K[S])
    return out


def rect(delta, keep):
    ratio = np.abs(delta / W).ravel()
    out = delta.ravel().copy()
    out[np.argsort(ratio, kind="stable")[: int((1 - keep) * ratio.size)]] = 0
    return out.reshape(delta.shape)


def rect_compat(delta):
    ratio = np.abs(delta / (W + 1e-8))
    return delta * (ratio >= np.sort(ratio.ravel())[int(0.6 * ratio.size) - 1])


def prune(shrink, W=W):
    U, s, Vt = np.linalg.svd(D, full_matrices=False)
    top = np.linalg.svd(W, compute_uv=False)[0]
    assert 1 < (s > top).sum() < DIM
    return (U * np.where(s >= top, shrink(s, top), s)) @ Vt


def log_base(a):
    return lambda s, top: np.log(s) / np.log(a) - np.log(top) / np.log(a) + top


def top_share(w, share):
    down = w[::-1]
    count = int((np.cumsum(down) < share * down.sum()).sum()) + 1
    return w >= down[count - 1]


wanted = {
    "memit": ridge(150 * C),
    "memit-seq": ridge(150 * C + Kp @ Kp.T),
    "encore": ridge(150 * C + 10 * I + Kp @ Kp.T),
    "ridge": ridge(7 * I),
    "alphaedit": alphaedit(lambda w: w >= 2e-2, 10, Kp),
    "alphaedit.first": alphaedit(lambda w: w >= 2e-2, 10),
    "alphaedit.low": alphaedit(lambda w: w >= 2e-1, 1, Kp),
    "alphaedit.energy": alphaedit(lambda w: top_share(w, 0.9), 10, Kp),
    "alphaedit.kept": alphaedit(lambda w: w >= np.sort(w)[6], 10, Kp),
    "evoedit": evoedit(lambda w: w >= 2e-2, 10, 4),
    "evoedit.low": evoedit(lambda w: w >= 2e-1, 1, 8),
    "simie.first": simie(100)[0],
    "simie.second": simie(100)[1],
    "emmet": emmet(150, 10, 0.1),
    "emmet.one": emmet(150, 10, 0.1, 1),
    "rome": rome(C),
    "rome.identity": rome(I),
    "r-rome": r_rome(C),
    "r-rome.identity": r_rome(I),
    "nse": nse(1.0, 150),
    "nse.some": nse(0.6, 150),
    "rect.20": rect(ridge(150 * C), 0.2),
    "rect.40": rect(ridge(150 * C), 0.4),
    "rect-compat": rect_compat(ridge(150 * C)),
    "prune.1.2": prune(log_base(1.2)),
    "prune.1.5": prune(log_base(1.5)),
    "prune.2": prune(log_base(2.0)),
    "prune.e": prune(log_base(np.e)),
    "prune-linear": prune(lambda s, top: (s + top) / 2),
    "prune-compat": D + prune(log_base(np.e)),
    "prune-encore": D + prune(log_base(np.e), W + E),
}
given = {"K": K, "Kp": Kp, "Kc": Kc, "R": R, "C": C, "W": W, "D": D, "E": E}
save_file({k: np.ascontiguousarray(v) for k, v in (given | wanted).items()},
          pathlib.Path(__file__).with_name("editors.safetensors"))
