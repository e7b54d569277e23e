"""Virtual environments under the cache folder: one per set of pinned packages, made once."""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from . import system


def python(packages):
    """The interpreter of an environment that holds exactly these requirements."""
    digest = hashlib.sha256("\n".join([sys.version, *packages]).encode()).hexdigest()[:12]
    folder = system.cache_dir() / f"venv-{digest}"
    interpreter = folder / "bin/python"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(interpreter), "-m", "pip", "install", "-q", "--disable-pip-version-check", *packages]
        if subprocess.run(install, stdin=subprocess.DEVNULL).returncode:
            raise system.Unusable(f"pip could not install {', '.join(packages)}")
        (folder / "ready").touch()
    return interpreter


def source(interpreter, requirement):
    """The unpacked source distribution of `name==version`; drivers keep their tests there."""
    name, version = requirement.split("==")
    unpacked = system.cache_dir() / f"{name}-{version}"
    if not unpacked.exists():
        with tempfile.TemporaryDirectory(dir=system.cache_dir()) as scratch:
            fetch = [str(interpreter), "-m", "pip", "download", "-q", "--disable-pip-version-check",
                     "--no-deps", "--no-binary", name, "-d", scratch, requirement]
            if subprocess.run(fetch, stdin=subprocess.DEVNULL).returncode:
                raise system.Unusable(f"pip could not download the source of {requirement}")
            (archive,) = Path(scratch).glob("*.tar.gz")
            with tarfile.open(archive) as content:
                content.extractall(Path(scratch) / "out", filter="data")
            (top,) = (Path(scratch) / "out").iterdir()
            top.rename(unpacked)
    return unpacked
