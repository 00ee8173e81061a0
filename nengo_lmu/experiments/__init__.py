"""What the command line runs, one file each, over one sweep runner."""
