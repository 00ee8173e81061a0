"""The error that is predicted beside the one that is measured."""
