"""The catalogue's entries by family, in the same files as the formulas."""
