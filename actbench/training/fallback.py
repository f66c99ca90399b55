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

    The way is settled by the first run: what cannot be compiled shows itself before the first
    epoch ends. What fails in every way is an error of the trial, not of the engine.
    """

    def __init__(self, cell: Cell, data: Dataset, on_note: OnNote) -> None:
        self._cell = cell
        self._on_note = on_note
        self._ways = _ways(cell, data)
        self._trainer = self._next_that_opens(None)
        self._settled = False

    @property
    def parameters(self) -> int:
        """The number of weights of the model."""
        return self._trainer.parameters

    def train(self, seed: int, on_epoch: OnEpoch | None = None) -> History:
        """Train with one seed in the fastest way that works."""
        while not self._settled:
            try:
                history = self._trainer.train(seed, on_epoch)
            except ActbenchError:
                raise
            except Exception as error:
                self._trainer.close()
                self._trainer = self._next_that_opens(error)
            else:
                self._settled = True
                return history
        return self._trainer.train(seed, on_epoch)

    def close(self) -> None:
        """Let go of the model and the arrays."""
        self._trainer.close()

    def _next_that_opens(self, failed: Exception | None) -> Trainer:
        for name, opened in self._ways:
            try:
                trainer = opened()
            except ActbenchError:
                raise
            except Exception as error:
                failed = error
                continue
            if failed is not None:
                self._on_note(f"{self._cell.arm.label}: trained with {name}: {_short(failed)}")
            return trainer
        assert failed is not None
        raise failed


def _ways(cell: Cell, data: Dataset) -> Iterator[tuple[str, Callable[[], Trainer]]]:
    yield "compiled epochs", lambda: CompiledTrainer(cell, data)
    yield "compiled epochs, without XLA", lambda: CompiledTrainer(cell, data, xla=False)
    yield "Keras's own loop", lambda: KerasTrainer(cell, data)


def _short(error: Exception) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else ""
    return f"{type(error).__name__}: {first}"[:300]
