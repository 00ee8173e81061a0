"""The version of nengo-lmu, read by ``setup.py`` without importing the package."""

version = "0.1.0"
