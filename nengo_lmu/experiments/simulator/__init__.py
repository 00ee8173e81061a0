"""Speed of the compiled backend beside other simulators."""
