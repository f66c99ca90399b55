"""Reports: comparisons of trials, and how they look in a terminal or a file."""
