"""What holds for every test."""

import nengo


def pytest_configure():
    # The decoder cache is shared by every environment of a user, and an entry that was
    # written under NumPy 2 cannot be read under NumPy 1.
    nengo.rc["decoder_cache"]["enabled"] = "False"
