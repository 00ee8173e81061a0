"""Many runs: in processes or on a cluster, into one table, from where they stopped."""
