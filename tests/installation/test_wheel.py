"""The wheel installed into an empty environment and used outside the repository.

``make test-wheel`` runs this, and the demonstration on each Python that is installed.
It is not part of ``make test``: it installs packages and compiles the kernels again.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

import pytest

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).parents[2]
PINS = ROOT / "requirements" / "setup.txt"
UV = Path(sys.executable).with_name("uv")
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
PATIENCE = 300  # seconds until a command counts as hanging


def run(*command, **settings):
    result = subprocess.run(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        **settings,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout


def find_python(version):
    """An interpreter of that version, on the path or of pyenv; None if there is none.

    The shim of pyenv is on the path for versions that it refuses to start.
    """
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    candidates = [shutil.which(f"python{version}")]
    candidates += sorted(pyenv.glob(f"versions/{version}.*/bin/python"))
    for path in filter(None, candidates):
        if subprocess.run([path, "-c", ""], capture_output=True).returncode == 0:
            return path
    return None


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from the source distribution, as ``make wheel`` does."""
    dist = tmp_path_factory.mktemp("dist")
    run(UV, "build", "--build-constraints", PINS, "--out-dir", dist, ROOT)
    (path,) = dist.glob("*.whl")
    return path


class Installation:
    """An environment that holds nengo-lmu with two extras, and a working directory.

    ``requirement`` is how it is installed: the arguments of ``pip install``.
    """

    def __init__(self, python, requirement, directory):
        self.bin = directory / "environment" / "bin"
        self.directory = directory / "work"
        self.directory.mkdir()
        (self.directory / "nengorc").write_text("[decoder_cache]\nenabled = False\n")
        run(UV, "venv", "--python", python, self.bin.parent)
        run(
            *(UV, "pip", "install", "--python", self.bin / "python"),
            *("--constraints", PINS, *requirement),
        )
        hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
        self.environ = {k: v for k, v in os.environ.items() if k not in hidden}

    def python(self, code):
        command = self.bin / "python", "-c", code
        return run(*command, cwd=self.directory, env=self.environ).strip()

    def nengo_lmu(self, *arguments):
        command = self.bin / "nengo-lmu", *arguments
        return run(*command, cwd=self.directory, env=self.environ)

    def start(self, *arguments):
        return subprocess.Popen(
            [self.bin / "nengo-lmu", *arguments],
            cwd=self.directory,
            env={**self.environ, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


@pytest.fixture(scope="module")
def install(wheel, tmp_path_factory):
    """Makes an `Installation` for a version of Python, once."""

    @cache
    def install(version):
        python = sys.executable if version == RUNNING else find_python(version)
        if python is None:
            pytest.skip(f"Python {version} is not installed")
        requirement = [f"nengo-lmu[loihi,gui] @ {wheel.as_uri()}"]
        return Installation(python, requirement, tmp_path_factory.mktemp(version))

    return install


@pytest.fixture(scope="module")
def installation(install):
    return install(RUNNING)


def test_wheel_holds_every_file(wheel):
    sources = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "nengo_lmu").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    examples = [
        f"nengo_lmu/{path.relative_to(ROOT).as_posix()}"
        for pattern in ("models/*.py", "models/*.cfg", "hardware/*.json")
        for path in ROOT.glob(pattern)
    ]
    assert "nengo_lmu/templates/report.html" in sources
    assert "nengo_lmu/models/delay.py" in examples
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = (name for name in names if name.endswith("/METADATA"))
        text = archive.read(metadata).decode()
    assert set(sources) | set(examples) <= set(names)
    assert not [name for name in names if name.startswith(("models/", "tests/"))]
    assert "License-Expression: GPL-2.0-or-later\n" in text
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_archives_are_fit_for_an_index(wheel):
    """Metadata and description of the wheel and of the source distribution."""
    (source,) = wheel.parent.glob("*.tar.gz")
    run(sys.executable, "-m", "twine", "check", "--strict", wheel, source)


def test_package_is_that_of_the_environment(installation):
    file = Path(installation.python("import nengo_lmu; print(nengo_lmu.__file__)"))
    assert file.is_relative_to(installation.bin.parent)
    assert not file.is_relative_to(ROOT)


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_demo(version, install):
    installation = install(version)
    installation.nengo_lmu("demo", "--out", "demo")
    out = installation.directory / "demo"
    assert (out / "report.html").read_text().count("data:image/png;base64,") == 2
    for name in ("windows.csv", "windows.png", "scaling/results.csv"):
        assert (out / name).stat().st_size > 100


def test_scaling(installation):
    options = ("--orders", "2,3", "--neurons", "200,400", "--trials", "2")
    installation.nengo_lmu("scaling", *options, "--out", "scaling")
    out = installation.directory / "scaling"
    assert len((out / "results.csv").read_text().splitlines()) == 1 + 2 * 2 * 2
    for name in ("exponents.csv", "scaling.md", "scaling.png"):
        assert (out / name).is_file()


def check_partition(installation):
    options = ("--board", "nahuku-32", "--out", "report.json")
    assert "Nahuku" in installation.nengo_lmu("partition", "delay", *options)
    report = json.loads((installation.directory / "report.json").read_text())
    assert report["board"]["chips"] == 32
    assert report["totals"]["cores"] > 0


def test_partition(installation):
    check_partition(installation)


def test_editable_installation(tmp_path):
    requirement = ["--editable", f"{ROOT}[loihi,gui]"]
    installation = Installation(sys.executable, requirement, tmp_path)
    file = installation.python("import nengo_lmu; print(nengo_lmu.__file__)")
    assert Path(file).is_relative_to(ROOT)
    check_partition(installation)


def test_run(installation):
    options = ("--backend", "loihi", "--seconds", "0.1", "--out", "run")
    installation.nengo_lmu("run", "delay", *options)
    lines = (installation.directory / "run" / "delay.csv").read_text().splitlines()
    assert len(lines) == 1 + 100


def test_gui(installation):
    server = installation.start("gui", "delay", "--no-browser")
    try:
        said = ""
        while not (address := re.search(r"http://\S+token=\S+", said)):
            line = server.stdout.readline()
            assert line, f"the server ended: {said}"
            said += line
        # The page is sent to whoever comes back with the cookie of the token.
        opener = build_opener(HTTPCookieProcessor(), ProxyHandler({}))
        page = opener.open(address[0], timeout=PATIENCE).read().decode()
    finally:
        server.terminate()
        server.communicate(timeout=PATIENCE)
    assert "delay.py" in page
    assert "Nengo.Slider" in page  # its layout, delay.py.cfg
