"""Dropout as a Keras layer."""

from typing import Any

import keras

from actbench.spec.dropout import Dropout


def dropout_layer(dropout: Dropout, name: str | None = None) -> Any:
    """A fresh layer of this dropout; Keras names it if there is no `name`."""
    kind = keras.layers.AlphaDropout if dropout.kind == "alpha" else keras.layers.Dropout
    return kind(dropout.rate, name=name)
