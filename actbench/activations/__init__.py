"""Activations: the catalogue, formulas and functions of a user's own, and their Keras objects."""
