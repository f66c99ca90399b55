"""actbench: which activation function? Settled by experiments instead of single runs."""

__version__ = "0.1.0"
