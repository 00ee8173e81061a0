"""The version of nengo-lmu, read by ``setup.py`` without importing the package."""

version: str = "0.1.0"
