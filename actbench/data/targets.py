"""The targets of a data set by themselves: what can be known of it without encoding its inputs."""

from dataclasses import dataclass

from actbench.data.dataset import Array
from actbench.data.splitting import held_out_rows, training_rows


@dataclass(frozen=True)
class Targets:
    """The targets of each part, shape (rows,): `float32` for a regression, else class numbers."""

    train: Array
    validation: Array | None
    test: Array


@dataclass(frozen=True)
class Outline:
    """A data set without its inputs: its digest, and its targets in the order they are used.

    `train` holds those that validation rows are taken from; `digest` is that of `Dataset`.
    """

    digest: str
    train: Array
    test: Array

    def targets(
        self, validation: int | float | None = None, train_limit: int | None = None
    ) -> Targets:
        """The targets of the parts that `actbench.data.load` makes with these options.

        Raises:
            DataError: an option does not fit the number of rows.

        >>> import numpy as np
        >>> outline = Outline("d", np.arange(10), np.arange(3))
        >>> outline.targets(validation=2, train_limit=3).train
        array([2, 3, 4])
        """
        held_out = held_out_rows(len(self.train), validation)
        used = training_rows(len(self.train) - held_out, train_limit)
        return Targets(
            self.train[held_out : held_out + used],
            self.train[:held_out] if held_out else None,
            self.test,
        )
