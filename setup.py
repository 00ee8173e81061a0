"""Metadata of nengo-lmu; the tools are configured in ``pyproject.toml``."""

import runpy
from pathlib import Path

from setuptools import find_packages, setup

root = Path(__file__).parent
version = runpy.run_path(str(root / "nengo_lmu" / "version.py"))["version"]

install_requires = [
    "click>=8.1",
    "jinja2>=3.1",
    "matplotlib>=3.8",
    "nengo>=4.1,<5",
    "numba>=0.59",
    "numpy>=1.26,<2.4",  # nengo 4.1.0 fails on NumPy 2.4
    "packaging",
    "rich>=13",
    "scipy>=1.11",
]

# What a user may add to the package.
optional_requires = {
    "loihi": ["nengo-loihi==1.1.0"],
    "gui": ["nengo-gui>=0.6"],
    "jax": ["jax>=0.5", "optax>=0.2.4"],  # trains layers behind a memory
    # nengo-dl is free for non-commercial use only. It asks for `tensorflow`;
    # requirements/overrides.txt lets the smaller tensorflow-cpu stand in.
    "dl": [
        "nengo-dl==3.6.0",
        "tensorflow-cpu>=2.15,<2.22; sys_platform != 'darwin'",
        "tensorflow>=2.15,<2.22; sys_platform == 'darwin'",
        "tf-keras>=2.15,<2.22",
    ],
    "dask": ["distributed>=2024.1"],
    "nir": ["nir>=1.0.8,<2"],
    "keras": ["h5py>=3.10"],  # reads files of Keras, which is not needed
    # Not among the pins: it depends on the OpenCL driver of the machine.
    "ocl": ["nengo-ocl>=3", "pyopencl[pocl]>=2024.1"],
}

# What somebody who changes the package needs.
development_requires = {
    "test": [
        "hypothesis>=6.100",
        "mypy>=1.15",
        "pytest>=8.2,<9",  # the pytest plugin of nengo 4.1.0 does not load on 9
        "pytest-allclose>=1.0",
        "pytest-plt>=1.1",
        "pytest-rng>=1.0",
        "pytest-xdist>=3.5",
        "scikit-learn>=1.4",
        "selenium>=4.20",
        "twine>=6.1",
    ],
    "docs": [
        "furo",
        "latex2mathml>=3.77",
        "myst-parser>=3",
        "numpydoc>=1.7",
        "scikit-learn>=1.4",
        "sphinx>=7.3",
        "sphinx-gallery>=0.19",
    ],
    "dev": ["pre-commit>=3.7", "ruff>=0.11"],
}

# The example models and boards, which nengo_lmu/bundled.py finds: the folders of the
# repository are the only source of both.
examples = {"nengo_lmu.models": "models", "nengo_lmu.hardware": "hardware"}

setup(
    name="nengo-lmu",
    version=version,
    description="Legendre Memory Units in spiking neurons, for Nengo",
    long_description=(root / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license_expression="GPL-2.0-or-later",
    license_files=["LICENSE"],
    packages=[*find_packages(include=["nengo_lmu", "nengo_lmu.*"]), *examples],
    package_dir=examples,
    package_data={
        "": ["*.cfg", "*.csv", "*.json", "*.md", "*.npz"],
        "nengo_lmu": ["py.typed", "templates/*.html"],
    },
    python_requires=">=3.11",
    install_requires=install_requires,
    extras_require={
        **optional_requires,
        **development_requires,
        "all": [
            requirement
            for extra in ("loihi", "gui", "jax", "dl", "dask", "nir", "keras")
            for requirement in optional_requires[extra]
        ],
    },
    entry_points={
        "console_scripts": ["nengo-lmu = nengo_lmu.cli:main"],
        "nengo.backends": ["nengo-lmu = nengo_lmu.simulator:Simulator"],
    },
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Intended Audience :: Science/Research",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3.11",
        "Programming Language :: Python :: 3.12",
        "Programming Language :: Python :: 3.13",
        "Topic :: Scientific/Engineering",
    ],
)
