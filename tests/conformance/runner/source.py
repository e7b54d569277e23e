"""PostgreSQL's own test suites, built once out of Debian's (or Ubuntu's) source package.

The package lists and the archive live in the cache folder; nothing is installed system-wide.
The release archive holds bison's output, so a C compiler, make and OpenSSL's headers suffice.
"""

import os
import shutil
import subprocess
import tarfile

from . import system

PARTS = ["interfaces/libpq", "test/regress", "test/isolation", "test/modules/libpq_pipeline"]


def built(bindir):
    """The built source tree for the server in `bindir`, and a note when its version is not the same."""
    version = system.postgres_version(bindir)
    major = version.split(".")[0]
    cache = system.cache_dir()
    done = cache / f"postgresql-{version}"
    if (done / "built").exists():
        return done, (done / "note").read_text() or None
    archive, got = download(cache / "apt", f"postgresql-{major}", version)
    scratch = cache / f"building-{version}-{os.getpid()}"
    shutil.rmtree(scratch, ignore_errors=True)
    with tarfile.open(archive) as source:
        source.extractall(scratch, filter="tar")
    (top,) = scratch.iterdir()
    build(top)
    note = "" if got == version else f"suites of PostgreSQL {got} against server {version}"
    (top / "note").write_text(note)
    (top / "built").touch()
    shutil.rmtree(done, ignore_errors=True)
    top.rename(done)
    shutil.rmtree(scratch, ignore_errors=True)
    subprocess.run(["chmod", "-R", "a+rX", str(cache)], check=True)
    return done, note or None


def release():
    """Distribution and release name from /etc/os-release."""
    pairs = (line.rstrip().split("=", 1) for line in open("/etc/os-release") if "=" in line)
    values = {key: value.strip('"') for key, value in pairs}
    return values["ID"], values["VERSION_CODENAME"]


def deb_src_lines():
    """Source lists of this machine's release: main archive, point-release updates and security."""
    distribution, name = release()
    if distribution == "ubuntu":
        by = "[signed-by=/usr/share/keyrings/ubuntu-archive-keyring.gpg]"
        suites = [name, f"{name}-updates", f"{name}-security"]
        return [f"deb-src {by} http://archive.ubuntu.com/ubuntu {suite} main" for suite in suites]
    by = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    return [
        f"deb-src {by} http://deb.debian.org/debian {name} main",
        f"deb-src {by} http://deb.debian.org/debian-security {name}-security main",
    ]


def download(folder, package, version):
    """The source archive nearest to `version`: equal, else the newest that can be had."""
    (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (folder / "archives" / "partial").mkdir(parents=True, exist_ok=True)
    sources = folder / "sources.list"
    sources.write_text("\n".join(deb_src_lines()) + "\n")
    options = [
        "-o", f"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=/dev/null",
        "-o", f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}",
        "-o", "APT::Sandbox::User=root",
    ]
    subprocess.run(["apt-get", *options, "-q", "update"], check=True, stdout=subprocess.DEVNULL)
    shown = subprocess.run(["apt-cache", *options, "showsrc", package], check=True, capture_output=True, text=True).stdout
    offered = sorted({line.split()[1] for line in shown.splitlines() if line.startswith("Version:")}, key=numbers)
    exact = [full for full in offered if full.split("-")[0] == version]
    for full in exact[-1:] + offered[::-1]:
        fetched = subprocess.run(
            ["apt-get", *options, "-q", "source", "--download-only", f"{package}={full}"],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        found = sorted(folder.glob(f"{package}_{full.split('-')[0]}.orig.tar.*"))
        found = [path for path in found if path.suffix != ".asc"]
        if fetched.returncode == 0 and found:
            return found[0], full.split("-")[0]
    raise system.Unusable(f"no source archive of {package} can be had (wanted {version}, offered {offered})")


def numbers(full):
    """Orders Debian versions of one package well enough: by their numbers."""
    return [int(part) for part in "".join(c if c.isdigit() else " " for c in full).split()]


def build(top):
    """Configures and makes the parts that the suites need, about 20 to 60 s."""
    jobs = str(os.cpu_count() or 2)
    with open(top / "build.log", "wb") as log:
        steps = [["./configure", f"--prefix={top}/installed", "--with-openssl", "--without-readline", "--without-zlib", "--without-icu", "CFLAGS=-O1 -g0"]]
        steps += [["make", "-s", f"-j{jobs}", "-C", f"src/{part}"] for part in PARTS]
        for step in steps:
            if subprocess.run(step, cwd=top, stdout=log, stderr=log, stdin=subprocess.DEVNULL).returncode:
                raise system.Unusable(f"{' '.join(step)} failed; see {top}/build.log")
