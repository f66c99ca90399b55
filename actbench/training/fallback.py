"""The engine `auto`: the fastest way that works for a cell; a line says where it is another."""

from collections.abc import Callable, Iterator

from actbench.data.dataset import Dataset
from actbench.errors import ActbenchError
from actbench.spec.grid import Cell
from actbench.training.compiled_engine import CompiledTrainer
from actbench.training.history import History
from actbench.training.keras_engine import KerasTrainer
from actbench.training.trainer import OnEpoch, Trainer

OnNote = Callable[[str], None]


class AutoTrainer:
    """Trains through compiled epochs; where a model cannot be compiled, through Keras's loop.

    The way is settled by the first epoch: what cannot be compiled shows itself before it ends.
    What fails later, or in every way, is an error of the trial, not of the engine.
    """

    def __init__(self, cell: Cell, data: Dataset, on_note: OnNote) -> None:
        self._cell = cell
        self._on_note = on_note
        self._ways = _ways(cell, data)
        self._failed: Exception | None = None
        self._way, self._trainer = self._next_that_opens()
        self._settled = False

    @property
    def parameters(self) -> int:
        """The number of weights of the model."""
        return self._trainer.parameters

    def train(self, seed: int, on_epoch: OnEpoch | None = None) -> History:
        """Train with one seed in the fastest way that works."""

        def heard(number: int, metrics: dict[str, float]) -> None:
            self._settle()
            if on_epoch is not None:
                on_epoch(number, metrics)

        while True:
            try:
                return self._trainer.train(seed, heard)
            except ActbenchError:
                raise
            except Exception as error:
                if self._settled:
                    raise
                self._failed = error
                # The old trainer stays until another is open: a trial after this one may need it.
                way, following = self._next_that_opens()
                self._trainer.close()
                self._way, self._trainer = way, following

    def close(self) -> None:
        """Let go of the model and the arrays."""
        self._trainer.close()

    def _settle(self) -> None:
        if not self._settled and self._failed is not None:
            arm, why = self._cell.arm.label, _short(self._failed)
            self._on_note(f"{arm}: trained with {self._way}: {why}")
        self._settled = True

    def _next_that_opens(self) -> tuple[str, Trainer]:
        for way, opened in self._ways:
            try:
                return way, opened()
            except ActbenchError:
                raise
            except Exception as error:
                self._failed = error
        assert self._failed is not None
        raise self._failed


def _ways(cell: Cell, data: Dataset) -> Iterator[tuple[str, Callable[[], Trainer]]]:
    yield "compiled epochs", lambda: CompiledTrainer(cell, data)
    yield "compiled epochs, without XLA", lambda: CompiledTrainer(cell, data, xla=False)
    yield "Keras's own loop", lambda: KerasTrainer(cell, data)


def _short(error: Exception) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else ""
    return f"{type(error).__name__}: {first}"[:300]
