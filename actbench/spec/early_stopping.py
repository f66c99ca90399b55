"""Early stopping: when the validation loss no longer falls, training ends."""

from typing import Any

from pydantic import Field

from actbench.spec.problems import Section


class EarlyStopping(Section):
    """Ends training where the validation loss has not improved for `patience` epochs.

    The weights of the best epoch are tested. This is Keras's `EarlyStopping` with
    `monitor="val_loss"` and `restore_best_weights=True`.
    """

    patience: int = Field(
        ge=1,
        le=100_000,
        description="Epochs without an improvement after which training ends.",
    )
    min_delta: float = Field(
        0.0,
        ge=0,
        description="A validation loss counts as improved if it is lower by more than this.",
    )

    @property
    def label(self) -> str:
        """The rule as the tables show it, `patience=5`."""
        return ", ".join(f"{key}={value:g}" for key, value in self.identity.items())

    @property
    def identity(self) -> dict[str, Any]:
        """What determines the numbers: the keys that differ from their default."""
        return self.model_dump(exclude_defaults=True)
