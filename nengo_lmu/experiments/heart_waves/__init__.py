"""Labels of the waves of an electrocardiogram: training, and evaluation in spikes."""
