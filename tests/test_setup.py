"""What a user installs: metadata, pins, and an import that costs no TensorFlow."""

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import nengo_lmu

ROOT = Path(__file__).parents[1]
PINS = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def requirements(name):
    return (ROOT / "requirements" / name).read_text()


def pins(name):
    """The pinned versions, {name: set of versions}; a marker may split a name."""
    found = {}
    for package, version in PINS.findall(requirements(name)):
        found.setdefault(package, set()).add(version)
    return found


def test_version():
    assert metadata.version("nengo-lmu") == nengo_lmu.__version__
    assert f"version: {nengo_lmu.__version__}\n" in (ROOT / "CITATION.cff").read_text()


def test_import_has_no_side_effects():
    """No package of an extra comes with the import, nor a new default of nengo."""
    code = (
        "import sys, nengo\n"
        "before = {s: dict(nengo.rc[s]) for s in nengo.rc.sections()}\n"
        "import nengo_lmu\n"
        "assert before == {s: dict(nengo.rc[s]) for s in nengo.rc.sections()}\n"
        "extras = ['tensorflow', 'nengo_dl', 'jax', 'nengo_loihi', 'nengo_gui']\n"
        "extras += ['nir', 'h5py']\n"
        "print([m for m in extras if m in sys.modules])\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert out.stdout.strip() == "[]", out.stderr


def test_setup_pins_hold_no_tensorflow_and_are_part_of_all():
    small, everything = pins("setup.txt"), pins("setup-all.txt")
    assert {"nengo", "nengo-loihi", "nengo-gui", "ruff", "setuptools"} <= small.keys()
    assert not {"tensorflow", "tensorflow-cpu", "nengo-dl", "keras"} & small.keys()
    assert {"nengo-dl", "tensorflow-cpu", "tf-keras", "pytest"} <= everything.keys()
    for package, versions in small.items():
        assert versions <= everything[package], package


@pytest.mark.parametrize("name", ["setup.txt", "setup-all.txt", "uv.txt"])
def test_pins_have_hashes_and_name_no_host(name):
    text = requirements(name)
    entries = PINS.split(text)[3::3]
    assert len(entries) > 0
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text and "index-url" not in text


def test_pins_satisfy_the_metadata():
    everything = pins("setup-all.txt")
    for line in metadata.requires("nengo-lmu"):
        requirement = Requirement(line)
        if requirement.name in {"nengo-ocl", "pyopencl"}:
            continue  # they depend on the driver of the machine
        versions = everything[requirement.name]
        assert all(v in requirement.specifier for v in versions), line
