"""Activations: the catalogue of facts, and how each becomes a Keras object."""
