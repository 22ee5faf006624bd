"""Run files written and read from Python, and numbers beside those of the tools: of $SPX_TOOLS_BUILD, a folder with
spx-compare, spx-spectrum and spx-filter, where it is given."""
import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np

import spx
from spx._store import Store

try:
    import xarray
except ImportError:
    xarray = None

TOOLS, ROOT = os.environ.get("SPX_TOOLS_BUILD"), os.environ.get("SPX_ROOT")
# Where OpenBLAS does not know the processor the tools choose other kernels than a library in this process can.
os.environ.setdefault("OPENBLAS_CORETYPE", spx._lib.lib.spx_blas_name().decode().rsplit(" / ")[-1])
NAME = "model.layers.{}.mlp.down_proj.weight"


def weights(seed=0, shape=(12, 20)):
    rng = np.random.default_rng(seed)
    return {NAME.format(i): rng.standard_normal(shape).astype(np.float32) for i in range(2)}


def save(path, name, values):
    """A safetensors file of one matrix of floats."""
    head = json.dumps({name: {"dtype": "F32", "shape": values.shape, "data_offsets": [0, values.nbytes]}}).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + values.tobytes())


class Folder(unittest.TestCase):
    def setUp(self):
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.folder = Path(self._folder.name)


class MonitorTest(Folder):
    def test_stages(self):
        W, path = weights(), self.folder / "run.h5"
        monitor = spx.Monitor(W, path)
        self.assertEqual(monitor.stage("base"), 2)
        W[NAME.format(1)][0, 0] += 1
        self.assertEqual(spx.Monitor(W, path).stage("r5"), 1)  # another process continues
        self.assertEqual(spx.Monitor(W, path).stage("r6", edits=60), 0)
        with Store(path) as s:
            self.assertEqual(list(s.stages()), [("base", 0), ("r5", 5), ("r6", 60)])
            self.assertEqual(s.names("snapshots/r5"), [NAME.format(1)])
            np.testing.assert_array_equal(s.get("snapshots/r5", NAME.format(1)), W[NAME.format(1)])

    def test_refusals_keep_the_file(self):
        W, path = weights(), self.folder / "run.h5"
        monitor = spx.Monitor(W, path)
        monitor.stage("base")
        before = path.read_bytes()
        for name in ("base", "", "a/b", "x" * 64):
            with self.assertRaises(ValueError):
                monitor.stage(name)
        W[NAME.format(0)][3, 4] = np.inf
        with self.assertRaisesRegex(ArithmeticError, r"down_proj.weight: entry \(3, 4\) is inf"):
            monitor.stage("r1")
        with self.assertRaisesRegex(LookupError, "FFN output"):
            spx.Monitor({"x": np.eye(2)}, path)
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual([p.name for p in self.folder.iterdir()], ["run.h5"])
        with self.assertRaises(OSError):
            spx.Monitor(W, self.folder)
        other = self.folder / "text.h5"
        other.write_text("no HDF5")
        with self.assertRaises(OSError):
            spx.Monitor(W, other)


@unittest.skipUnless(TOOLS, "SPX_TOOLS_BUILD is not set")
class ToolsTest(Folder):
    def rows(self, tool, *arguments):
        out = subprocess.run([f"{TOOLS}/{tool}", *map(str, arguments), "--json", "-q", "-j", "1"], capture_output=True, text=True)
        self.assertIn(out.returncode, (0, 1), out.stderr)
        return [json.loads(x) for x in out.stdout.splitlines()]

    def setUp(self):
        super().setUp()
        spx.threads(1)
        W0 = weights(1, (90, 130))[NAME.format(0)]
        rng = np.random.default_rng(2)
        self.W0, self.W = W0, (W0 + rng.standard_normal((90, 4)) @ rng.standard_normal((4, 130)) * 0.2).astype(np.float32)
        for name, values in (("base", self.W0), ("edited", self.W)):
            save(self.folder / f"{name}.safetensors", NAME.format(0), values)

    def test_the_bits_of_spx_spectrum(self):
        x = spx.spectrum(self.W)
        rows = self.rows("spx-spectrum", self.folder / "edited.safetensors", "--all")
        self.assertGreater(len(rows), 40)
        for r in rows:
            self.assertIn(r["value"], (x[r["metric"]], None) if np.isnan(x[r["metric"]]) else (x[r["metric"]],), r)

    def test_the_bits_of_spx_compare(self):
        c = spx.compare(self.W0, self.W, tau=0.2)
        rows = self.rows("spx-compare", self.folder / "base.safetensors", self.folder / "edited.safetensors", "--all", "--tau", "0.2")
        numbers = {**c.subspace, **c.change}
        seen = 0
        for r in rows:
            name = r["metric"] if r.get("side") == "uv" else f"{r['metric']}_{r.get('side')}"
            if name in numbers and isinstance(r["value"], (int, float)):
                self.assertEqual(r["value"], numbers[name], r)
                seen += 1
        self.assertGreater(seen, 40)

    def test_the_bits_of_spx_filter(self):
        out = self.folder / "safe.safetensors"
        done = subprocess.run([f"{TOOLS}/spx-filter", self.folder / "base.safetensors", self.folder / "edited.safetensors", "--filter",
                               "revive", "--tau", "0.3", "-q", "-j", "1", "-o", out], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        dW = self.W.astype(float) - self.W0
        mine = (self.W0 + spx.revive(self.W0.astype(float), dW, tau=0.3)).astype(np.float32)
        written = out.read_bytes()
        self.assertEqual(written[-mine.nbytes:], mine.tobytes())

    @unittest.skipUnless(ROOT, "SPX_ROOT is not set")
    def test_the_arm_of_spx_edit(self):
        """The first round's change of the first edited layer, without a filter, passed through spx.revive, is what the arm
        with the filter writes: both ledgers keep factors that are rounded to float."""
        tiny, tensor = f"{ROOT}/tests/data/tiny.gguf", "blk.1.ffn_down.weight"
        stats = self.folder / "stats.h5"
        subprocess.run([f"{TOOLS}/spx-stats", tiny, "--text", f"{ROOT}/datasets/wikitext-2-test.txt", "--tokens", "1024",
                        "--window", "256", "--layers", "1-3", "-q", "-o", stats], check=True, capture_output=True)
        kept = {}
        for arm in ("none", "revive"):
            run = self.folder / f"{arm}.h5"
            subprocess.run([f"{TOOLS}/spx-edit", tiny, "--facts", f"{ROOT}/datasets/counterfact-2000.json", "--stats", stats,
                            "--layers", "1-3", "--lambda", "10", "--contexts", "0", "--steps", "3", "--round", "3", "--rounds",
                            "1", "--filter", arm, "--tau", "0.2", "-q", "-o", run], check=True, capture_output=True)
            with Store(run) as s:
                kept[arm] = [s.get(f"ledger/{tensor}/r1", x) for x in "AB"]
                W0 = s.get(f"ledger/{tensor}", "base")
        mine = spx.revive(W0, tuple(kept["none"]), tau=0.2)
        theirs = kept["revive"][0] @ kept["revive"][1].T
        self.assertGreater(np.abs(kept["none"][0] @ kept["none"][1].T - theirs).max(), 0.1 * np.abs(theirs).max())
        np.testing.assert_allclose(mine[0] @ mine[1].T, theirs, rtol=0, atol=16 * 2.0**-24 * np.abs(theirs).max())

    def test_the_tools_read_what_monitor_writes(self):
        W, path = weights(3, (30, 40)), self.folder / "run.h5"
        del W[NAME.format(1)]
        save(self.folder / "model.safetensors", NAME.format(0), W[NAME.format(0)])
        monitor = spx.Monitor(W, path)
        monitor.stage("base")
        W[NAME.format(0)] += np.outer(np.ones(30), np.ones(40)).astype(np.float32)
        spx.Monitor(W, path).stage("r1")  # of another process
        rows = self.rows("spx-compare", f"{path}#base", f"{path}#r1")
        self.assertEqual({r["tensor"] for r in rows}, {NAME.format(0)})
        rank = [r["value"] for r in rows if r["metric"] == "change_rank"]
        self.assertEqual(rank, [1])
        model, base, r1 = self.folder / "model.safetensors", f"{path}#base", f"{path}#r1"
        for command in (f"spx-info --check {path}", f"spx-info {base} {r1}", f"spx-spectrum {path}", f"spx-diagnose {base} {r1}",
                        f"spx-snapshot {r1} --stage kept -o OUT.h5", f"spx-filter {model} {r1} -o OUT.safetensors",
                        f"spx-export {r1} --model {model} -o OUT2.safetensors", f"spx-export {base} {r1} --as lora -o OUT-lora",
                        f"spx-perturb {r1} --model {model} --keep 0.5 -o OUT3.safetensors", f"spx-compare {base} {path} -o OUT4.h5",
                        f"spx-merge {path}"):
            tool, *arguments = command.split()
            done = subprocess.run([f"{TOOLS}/{tool}", *arguments], cwd=self.folder, capture_output=True, text=True)
            self.assertIn(done.returncode, (0, 1), f"{command}: {done.stderr}")
        exported = (self.folder / "OUT2.safetensors").read_bytes()
        self.assertEqual(exported[-W[NAME.format(0)].nbytes:], W[NAME.format(0)].tobytes())


@unittest.skipUnless(TOOLS and xarray, "SPX_TOOLS_BUILD is not set, or no xarray")
class OpenTest(Folder):
    def test_open(self):
        W, path, run = weights(3, (30, 40)), self.folder / "run.h5", self.folder / "compare.h5"
        monitor = spx.Monitor(W, path)
        monitor.stage("base")
        for i in (1, 2):
            W[NAME.format(0)] += np.float32(0.01) * np.outer(np.arange(30), np.ones(40)).astype(np.float32)
            monitor.stage(f"r{i}0")
        done = subprocess.run([f"{TOOLS}/spx-compare", f"{path}#base", path, "-o", run, "-q"], capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        x = spx.open(run)
        self.assertEqual(x["tensor"].values.tolist()[0], NAME.format(0))
        self.assertIn("r20", x["stage_name"].values.tolist())
        self.assertEqual(x["lss_g"].dims, ("tensor", "stage"))
        self.assertEqual(x["sigma"].dims, ("tensor", "stage", "sv"))
        self.assertTrue(x["lss_g"].attrs["long_name"] and x["lss_g"].attrs["source"])
        with Store(run) as s:
            np.testing.assert_array_equal(x["sigma"].isel(tensor=0), s.get(f"tensors/{NAME.format(0)}", "sigma"))
        self.assertEqual(x.sel(tensor=NAME.format(0)).isel(stage=-1)["stage_name"].item(), "r20")
        with self.assertRaisesRegex(spx.SpxError, "no group nothing"):
            spx.open(run, group="nothing")
        with self.assertRaisesRegex(spx.SpxError, "did you mean.*subspace"):
            x.spx.plot("subspac", self.folder / "s.svg")

    def test_item_outcomes_have_ids(self):
        run, root = self.folder / "run.h5", Path(ROOT)
        subprocess.run([f"{TOOLS}/spx-eval", root / "tests/data/tiny.gguf", "--facts", root / "datasets/counterfact-2000.json",
                        "--first", "3", "--count", "5", "-o", run, "--stage", "base", "-q"], check=True, capture_output=True)
        x = spx.open(run, group="item_outcomes")
        self.assertEqual(x["rewrite_success"].dims, ("stage", "rewrite_success_item"))
        self.assertEqual(x["rewrite_success_item"].size, 5)
        y = spx.open(run)["rewrite_success"]
        self.assertAlmostEqual(100 * x["rewrite_success"].mean().item(), y.item())


class DiagnoseTest(Folder):
    def test_weights_alone(self):
        W = weights(4, (30, 40))
        for name in ("base", "edited"):
            path = self.folder / f"{name}.h5"
            spx.Monitor(W, path).stage("s")
            W[NAME.format(0)] += np.outer(np.ones(30), np.ones(40)).astype(np.float32)
        try:
            d = spx.diagnose(f"{self.folder}/base.h5#s", f"{self.folder}/edited.h5#s", behaviour=False)
        except LookupError as e:
            self.skipTest(str(e))
        self.assertEqual((len(d.matrices), d.matrices[0]["tensor"], d.behaviour), (1, NAME.format(0), "unknown"))
        self.assertEqual((d.facts["changed"], d.facts["rank"], d.broken, d.series[0].verdict), (1, 1, False, d.verdict))
        with self.assertRaisesRegex(spx.SpxError, "nowhere"):
            spx.diagnose("nowhere", "nothing", behaviour=False)


if __name__ == "__main__":
    unittest.main()
