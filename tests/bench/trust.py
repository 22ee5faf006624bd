"""What trust.sh needs of Python.

make MODEL.gguf DIR LAYERS      FFN output matrices as DIR/weights.safetensors in f32 under Hugging Face's names
peers WEIGHTS OUT.json          diffract-core's edge, spikes, permutation null and distances, as its session computes them, and
                                powerlaw's fits at diffract's xmin and comparisons with the power law
compare OURS.jsonl OUT.json SECONDS.tsv    largest and median difference a number, and the ratio of seconds. The log-normal law is
                                fitted here once more, by log-densities: powerlaw multiplies densities that underflow by
                                normalisers that overflow where mu runs off to minus infinity, and so gains what is not there
"""
import contextlib
import io
import json
import pathlib
import statistics
import sys
import warnings

import numpy as np


def make(model, folder, layers):
    import gguf
    from gguf.quants import dequantize
    from safetensors.numpy import save_file
    out = {}
    for t in gguf.GGUFReader(model).tensors:
        if t.name.startswith("blk.") and t.name.endswith("ffn_down.weight") and int(t.name.split(".")[1]) < int(layers):
            x = dequantize(t.data, t.tensor_type).reshape([int(n) for n in reversed(t.shape)])
            out["model.layers.%s.mlp.down_proj.weight" % t.name.split(".")[1]] = np.ascontiguousarray(x, np.float32)
    save_file(out, pathlib.Path(folder) / "weights.safetensors")


def rivals(x, xmin):
    import powerlaw
    out = {}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        fit = powerlaw.Fit(x, xmin=xmin)
        for name, ours in (("truncated_power_law", "truncated"), ("exponential", "exponential"), ("lognormal", "lognormal")):
            ratio, p = fit.distribution_compare("power_law", name)
            out[ours + "_ratio"], out[ours + "_p"] = float(ratio), float(p)
    return out


def lognormal_ratio(x, xmin):
    """Log-likelihood of the power law less that of the log-normal law at its maximum."""
    from scipy.optimize import minimize
    from scipy.special import log_ndtr
    x = x[x >= xmin]
    y, alpha = np.log(x), 1 + len(x) / np.log(x / xmin).sum()

    def lack(p):
        mu, sigma = p
        if sigma <= 0:
            return 1e300
        return -(-y - 0.5 * ((y - mu) / sigma) ** 2 - np.log(sigma * np.sqrt(2 * np.pi)) - log_ndtr((mu - np.log(xmin)) / sigma)).sum()

    best = minimize(lack, [y.mean(), y.std()], method="Nelder-Mead")
    for _ in range(60):
        again = minimize(lack, best.x, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
        best, gain = again, best.fun - again.fun
        if gain < 1e-10:
            break
    return (np.log((alpha - 1) / xmin) - alpha * np.log(x / xmin)).sum() + best.fun


def xmin_of(x):
    """As WeightWatcher and spx-spectrum choose it: i / n from 0, the largest value no candidate."""
    x = np.sort(x[x > 1e-5])
    best = (np.inf, None)
    for i in range(len(x) - 1):
        t = np.log(x[i:] / x[i])
        alpha = 1 + len(t) / t.sum()
        d = np.abs(1 - np.exp((1 - alpha) * t) - np.arange(len(t)) / len(t)).max()
        best = min(best, (d, x[i]))
    return best[1]


def peers(weights, out):
    import diffract
    from safetensors.numpy import load_file
    warnings.simplefilter("ignore")
    session = diffract.Session(profile="ram")
    tensors = load_file(weights)
    fields = ("tw_esd_bound", "tw_num_spikes", "w1_rand_distance", "mp_bulk_std", "greater_dim", "max_weights_rand_sval")
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        session.models.add(tensors, model_id="m")
        session.compute.apply(*fields)
        found = session.results.export_metrics(*fields, export_format="list")
    result = {}
    for row in found:
        name = next(v for v in row.values() if isinstance(v, str) and "down_proj" in v)
        s = np.linalg.svd(tensors[name if name in tensors else name + ".weight"].astype(float), compute_uv=False)
        result[name] = {k: float(row[k]) for k in fields} | {"s": s.tolist()}
        result[name] |= rivals(s ** 2, xmin_of(s ** 2))
    json.dump(result, open(out, "w"))


def compare(ours, theirs, seconds):
    import diffract
    diffract.Session(profile="ram")  # its kernels can be imported only after that
    from diffract.core.compute.kernels.tracy_widom import tw_esd_bound, tw_num_spikes
    mine, higher, beyond = {}, 0, 0
    for line in open(ours):
        x = json.loads(line)
        mine.setdefault(x["tensor"], {})[x["metric"]] = x["value"]
    theirs = json.load(open(theirs))
    rows = {}

    def add(what, a, b):
        rows.setdefault(what, []).append(abs(a - b) / max(1, abs(b)))

    for name, t in theirs.items():
        m = mine[name if name in mine else name + ".weight"]
        # diffract takes sigma from the entries, spx from the bulk: its kernels are given the same one here, and the same level
        s = np.array(t["s"])
        bound = tw_esd_bound(1536, 576, m["mp_sigma"], p_value_threshold=0.01)
        add("edge, same sigma", m["tw_edge"], (bound * 1536) ** 0.5)
        add("spikes, same sigma", m["tw_spikes"], tw_num_spikes(s ** 2 / 1536, bound))
        add("Wasserstein distance (another shuffle)", m["shuffled_wasserstein"], t["w1_rand_distance"])
        add("largest shuffled value (another shuffle)", m["shuffled_edge"], t["max_weights_rand_sval"])
        for r in ("truncated_ratio", "truncated_p", "exponential_ratio", "exponential_p"):
            add(r, m[r], t[r])
        add("lognormal_ratio, by log-densities", m["lognormal_ratio"], lognormal_ratio(s ** 2, xmin_of(s ** 2)))
        higher += m["truncated_ratio"] > t["truncated_ratio"] + 1e-6
        beyond += m["lognormal_ratio"] > t["lognormal_ratio"] + 1e-6
    print("number\tmedian difference\tlargest\tmatrices")
    for what, d in rows.items():
        print("%s\t%.2g\t%.2g\t%d" % (what, statistics.median(d), max(d), len(d)))
    print("powerlaw finds a likelier truncated law in %d of %d, a log-normal one beyond the true maximum in %d" %
          (higher, len(theirs), beyond))
    times = {}
    for line in open(seconds):
        tool, _, s = line.rstrip("\n").split("\t")
        times.setdefault(tool, []).append(float(s))
    best = {k: min(v) for k, v in times.items()}
    print("diffract-core and powerlaw take %.1f times the seconds of spx-spectrum --null" %
          (best["diffract-core, powerlaw"] / best["spx-spectrum --null"]))


globals()[sys.argv[1]](*sys.argv[2:])
