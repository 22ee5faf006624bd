"""The Python that README.md and tools/python/README.md show, run as it stands: what it names is there, and what a comment
says a line gives is what it gives. Needs $SPX_ROOT, the sources, and $SPX_TOOLS_BUILD, a build's tools."""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np

import spx

TOOLS, ROOT = os.environ.get("SPX_TOOLS_BUILD"), os.environ.get("SPX_ROOT")
NAME = "model.layers.6.mlp.down_proj.weight"


def blocks(page):
    return re.findall(r"^```python\n(.*?)^```", (Path(ROOT) / page).read_text(), re.M | re.S)


def change(folder):
    """A change of one weight of a model in a folder, as large as that."""
    path = Path(folder) / "model.safetensors"
    data = bytearray(path.read_bytes())
    length = int.from_bytes(data[:8], "little")
    start, end = json.loads(data[8:8 + length])[NAME]["data_offsets"]
    w = np.frombuffer(data, np.float32, (end - start) // 4, 8 + length + start)
    w += np.float32(0.15) * np.random.default_rng(1).standard_normal(len(w)).astype(np.float32)
    path.write_bytes(data)


def run_file(*commands):
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise AssertionError(done.stderr)


@unittest.skipUnless(TOOLS and ROOT, "SPX_TOOLS_BUILD or SPX_ROOT is not set")
class ReadmeTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        for name in ("base", "edited"):
            subprocess.run([sys.executable, f"{ROOT}/tests/install/stand_in.py", f"{ROOT}/tests/data/folders/llama", name], check=True)
        change("edited")
        run_file([f"{TOOLS}/spx-compare", "base", "edited", "-q", "-o", "run.h5"])
        rng = np.random.default_rng(2)
        W, W0 = rng.standard_normal((2, 8, 12))
        self.names = {"spx": spx, "W": W, "W0": W0, "name": "w", "weights": {"w": W.copy()}, "update": rng.standard_normal((8, 12)),
                      "upd_matrix": rng.standard_normal((8, 12)), "model": {NAME: W.astype(np.float32)}}

    def run_block(self, text):
        """Line by line; a quoted text in a line's comment is what the line gives."""
        for line in text.splitlines():
            code, _, comment = line.partition("#")
            try:
                value = eval(code.strip(), self.names)
            except SyntaxError:
                exec(code.strip(), self.names)
                continue
            said = re.match(r'\s*"(.*)"$', comment)
            if said:
                self.assertEqual(value, said.group(1), line)

    def check(self, page, least):
        found = blocks(page)
        self.assertGreaterEqual(len(found), least)
        for text in found:
            try:
                self.run_block(text)
            except ModuleNotFoundError as e:
                self.skipTest(str(e))

    def test_readme(self):
        self.check("README.md", 1)

    def test_readme_of_the_package(self):
        self.check("tools/python/README.md", 2)
        self.assertEqual(spx.Monitor(self.names["model"], "stages.h5").stage("r1"), 0)


if __name__ == "__main__":
    unittest.main()
