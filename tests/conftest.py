"""Settings for all tests."""

import nengo
from hypothesis import settings

# The cache is shared by every environment of a user and breaks between NumPy 1 and 2.
nengo.rc["decoder_cache"]["enabled"] = "False"

settings.register_profile("nengo_lmu", derandomize=True, deadline=None)
settings.load_profile("nengo_lmu")
