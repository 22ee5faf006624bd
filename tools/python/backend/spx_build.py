"""scikit-build-core, with the version of spx/version.h, and an sdist that has the C sources in source/."""
from __future__ import annotations

import contextlib
import re
import shutil
from pathlib import Path

from scikit_build_core import build as _core

_HERE = Path(__file__).resolve().parent.parent
_SOURCE = _HERE / "source"
_PARTS = ("CMakeLists.txt", "include", "libspectra", "tools", "plots", "datasets", "LICENSE", "README.md")


def _kit() -> Path:
    return _SOURCE if _SOURCE.exists() else _HERE.parent.parent


@contextlib.contextmanager
def _version():
    """src/spx/_version.py, from which the metadata take the version, for as long as they are made."""
    text = (_kit() / "include/spx/version.h").read_text()
    number = re.search(r'define SPX_VERSION\s+"([^"]+)"', text).group(1)
    file = _HERE / "src/spx/_version.py"
    kept = file.exists()
    file.write_text(f'__version__ = "{number}"\n')
    try:
        yield
    finally:
        if not kept:
            file.unlink()


def _skip(folder: str, names: list[str]) -> set[str]:
    out = {n for n in names if n in ("build", "__pycache__", "pictures", "results") or n.endswith((".png", ".pdf"))}
    return out | ({"python"} if Path(folder).name == "tools" else set())


@contextlib.contextmanager
def _sources():
    if _SOURCE.exists():  # this is an sdist itself
        yield
        return
    try:
        for part in _PARTS:
            at = _HERE.parent.parent / part
            copy = shutil.copytree if at.is_dir() else shutil.copy
            (_SOURCE / part).parent.mkdir(parents=True, exist_ok=True)
            copy(at, _SOURCE / part, **({"ignore": _skip} if at.is_dir() else {}))
        yield
    finally:
        shutil.rmtree(_SOURCE, ignore_errors=True)


def build_sdist(sdist_directory, config_settings=None):
    with _version(), _sources():
        return _core.build_sdist(sdist_directory, config_settings)


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    with _version():
        return _core.build_wheel(wheel_directory, config_settings, metadata_directory)


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    with _version():
        return _core.prepare_metadata_for_build_wheel(metadata_directory, config_settings)


def get_requires_for_build_sdist(config_settings=None):
    with _version():
        return _core.get_requires_for_build_sdist(config_settings)


def get_requires_for_build_wheel(config_settings=None):
    with _version():
        return _core.get_requires_for_build_wheel(config_settings)
