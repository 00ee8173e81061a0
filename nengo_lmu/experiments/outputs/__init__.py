"""Error of functions of the window beside nengo.networks.Product."""
