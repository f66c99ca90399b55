"""The engine `auto`: compiled epochs where they work, else Keras's own loop, with a note why."""

from collections.abc import Callable, Collection

from actbench.data.dataset import Dataset
from actbench.errors import ActbenchError
from actbench.spec.grid import Cell
from actbench.training import OnNote, Trainer
from actbench.training.compiled_engine import CompiledTrainer
from actbench.training.history import History, OnEpoch
from actbench.training.kept_programs import forget_damaged
from actbench.training.keras_engine import KerasTrainer


class AutoTrainer(Trainer):
    """Trains in the fastest way that works.

    The first epoch settles the way: what cannot be compiled fails before that epoch ends. What
    fails later, or in every way, is an error of the trial.
    """

    _trainer: Trainer

    def __init__(
        self, cell: Cell, data: Dataset, on_note: OnNote, beside: Collection[Cell] = ()
    ) -> None:
        self._arm = cell.arm.label
        self._on_note = on_note
        self._data = data
        ways: dict[str, Callable[[], Trainer]] = {
            "compiled epochs": lambda: CompiledTrainer(cell, self._data),
            "compiled epochs, without XLA": lambda: CompiledTrainer(cell, self._data, xla=False),
            "Keras's own loop": lambda: KerasTrainer(cell, self._data),
        }
        if any(other.program == cell.program and other != cell for other in beside):
            shared = {"one program": lambda: CompiledTrainer(cell, self._data, beside=beside)}
            ways = shared | ways
        self._ways = iter(ways.items())
        self._failure: Exception | None = None
        self._settled = False
        self._has_forgotten = False  # kept programs, for a damaged one
        self._open_next_way()

    def train(
        self, seed: int, on_epoch: OnEpoch | None = None, learning_rate: float | None = None
    ) -> History:
        def settle(number: int, metrics: dict[str, float]) -> None:
            if not self._settled and self._failure is not None:
                self._on_note(
                    f"{self._arm}: trained with {self._way}: {_first_line(self._failure)}"
                )
            self._settled = True
            if on_epoch is not None:
                on_epoch(number, metrics)

        while True:
            try:
                return self._trainer.train(seed, settle, learning_rate)
            except ActbenchError:
                raise
            except Exception as error:
                if self._settled:
                    raise
                # Closed only once another is open: where none opens, later trials need it.
                failed = self._trainer
                self._open_another(error)
                failed.close()

    def take(self, cell: Cell) -> bool:
        if not self._trainer.take(cell):
            return False
        self._arm = cell.arm.label
        return True

    def use(self, data: Dataset) -> bool:
        self._data = data
        return self._trainer.use(data)

    def predict_seconds(self) -> float:
        return self._trainer.predict_seconds()

    def close(self) -> None:
        self._trainer.close()

    def _open_another(self, error: Exception) -> None:
        """Open the same way again if a kept program was at fault, else the next one."""
        if not forget_damaged(error):
            self._failure = error
            self._open_next_way()
            return
        if self._has_forgotten:  # another way would give other numbers
            raise error
        self._has_forgotten = True
        self._trainer = self._open_way()

    def _open_next_way(self) -> None:
        for name, open_way in self._ways:
            try:
                self._trainer = open_way()
                self._way, self._open_way = name, open_way
                return
            except ActbenchError:
                raise
            except Exception as error:
                self._failure = error
        assert self._failure is not None
        raise self._failure


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).strip()}".splitlines()[0][:300]
