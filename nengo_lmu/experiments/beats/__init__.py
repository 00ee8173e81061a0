"""Detection of premature ventricular beats: training, and its evaluation in spikes."""
