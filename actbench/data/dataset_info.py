"""What a data set is, and what of it to load: plain values, quick to import."""

from dataclasses import asdict, dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import Any, Literal

from actbench.data.source import Source

NUM_WORDS = 10_000  # default of a text's vocabulary
MAXLEN = 200  # default length of a sequence

Task = Literal["regression", "binary", "multiclass"]
Kind = Literal["table", "image", "text"]

# How inputs are scaled: see `actbench.data.preparation.scaling`. A number divides them.
Scale = Literal["standard", "minmax", "none"] | float
TargetScale = Literal["standard", "minmax"]


@dataclass(frozen=True)
class SplitRule:
    """How the test rows of a file are drawn; validation rows from the rest in the same way.

    "fraction": at random, of each class alike. "column": where `column` has the value `value`; the
    validation rows as for "fraction". "group": whole groups of `column` at random. "last": those
    with the largest values of `column`, a time or a number.
    """

    kind: Literal["fraction", "column", "group", "last"] = "fraction"
    fraction: float = 0.2
    column: str = ""
    value: str = ""


# The share of the rows that each of several splits by time takes: consecutive ones.
TIME_WINDOW = 0.7


@dataclass(frozen=True)
class SplitScheme:
    """How several splits are drawn, each anew from all rows of a data set.

    `count`: how many there are. Each tests on the share `test` of the rows, or on the usual share
    of the data set if that is None. `folds`: the number of folds, 0 for random splits. Each run of
    `folds` splits has every row in the test once; the next run shuffles the rows anew.
    """

    count: int
    test: float | None = None
    folds: int = 0


@dataclass(frozen=True)
class NumberedSplit:
    """One of the splits of a scheme; `number` counts from 0."""

    scheme: SplitScheme
    number: int


@dataclass(frozen=True, kw_only=True)
class DatasetInfo:
    """The facts of one data set, wherever it comes from.

    `classes` is 0 for a regression. `train_rows` and `test_rows` are those of its usual split.
    `input_shape` is the shape of one row as loaded; () for a text, whose shape depends on its
    encoding. A `contested` set shows its caution wherever it is listed. `citation` names its paper.
    `arrays_sha256` is the digest of its arrays where that is known for certain. `pre_split` says
    whether the source holds training and test rows apart. `scale` is how inputs are scaled by
    default. `source` knows where the arrays are and how to read them. Of a user's file, `test` is
    the rule that its rows are split by, `labels` are its classes in the order of their numbers, and
    `leaks` the columns that give its target away, and how.
    """

    name: str
    title: str
    task: Task
    classes: int = 0
    train_rows: int
    test_rows: int
    input_shape: tuple[int, ...] = ()
    kind: Kind = "table"
    licence: str = ""
    caution: str = ""
    citation: str = ""
    contested: bool = False
    arrays_sha256: str | None = None
    pre_split: bool = False
    scale: Scale = "standard"
    source: Source
    test: SplitRule | None = None
    labels: tuple[str, ...] = ()
    leaks: tuple[tuple[str, str], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The facts as plain values, for programs; how it is read is left out."""
        facts = asdict(self) | {"source": self.citation}
        for key in ("citation", "pre_split", "scale", "test", "labels", "leaks"):
            del facts[key]
        return facts | self.source.facts()


@dataclass(frozen=True)
class DatasetRequest:
    """What to load: a data set, how many of its training rows, and how its texts are encoded.

    The first `validation` training rows (a number, or a fraction of them) become the validation
    set; `train_limit` keeps the first rows of the rest.

    Of texts: ranks from `num_words` on become the mark for rare words. `encoding` is "multi_hot"
    (one column for each rank, 1 where the word occurs) or "sequence" (the ranks in order, the last
    `maxlen` of them, zeros in front of shorter texts). `scale` replaces the usual one of the set.
    `target_scale` scales the targets of a regression for the model: see `TargetUnit`.

    `split`: one of several splits; without it, the usual one of the set. How many rows its parts
    have is exact where rows are drawn one by one, and about that many where all rows of a group or
    a time stay together.
    """

    info: DatasetInfo
    validation: int | float | None = None
    train_limit: int | None = None
    num_words: int = NUM_WORDS
    encoding: str = "multi_hot"
    maxlen: int = MAXLEN
    scale: Scale | None = None
    target_scale: TargetScale | None = None
    split: NumberedSplit | None = None

    @property
    def applied_scale(self) -> Scale:
        """How the inputs are scaled: as `scale` says, else in the usual way of the set."""
        return self.info.scale if self.scale is None else self.scale

    @property
    def is_by_time(self) -> bool:
        """Whether the test rows are the last ones by some time."""
        return self.info.test is not None and self.info.test.kind == "last"

    @property
    def rows(self) -> int:
        """How many rows the parts are drawn from."""
        rows = self.info.train_rows + self.info.test_rows
        return round(TIME_WINDOW * rows) if self.split and self.is_by_time else rows

    @property
    def test_rows(self) -> int:
        """How many rows are tested on."""
        if self.split is None:
            return self.info.test_rows
        if folds := self.split.scheme.folds:
            return ceil(self.rows / folds)
        usual = self.info.test_rows / (self.info.train_rows + self.info.test_rows)
        test = self.split.scheme.test
        return max(1, round((usual if test is None else test) * self.rows))

    @property
    def drawing(self) -> str:
        """How one of several splits is drawn, in words; empty for the usual split."""
        if self.split is None:
            return ""
        rule = self.info.test
        folds = self.split.scheme.folds
        if self.is_by_time and rule is not None:
            share = f"{TIME_WINDOW:.0%} of the rows that follow one another by {rule.column}"
            return f"each {share} from a random start on, with the last of them for the test"
        if rule is not None and rule.kind == "group":
            return f"{f'{folds} folds of' if folds else 'drawn by'} whole groups of {rule.column}"
        alike = ", of each class alike" if self.info.classes else ""
        fixed = self.info.pre_split or (rule is not None and rule.kind == "column")
        pool = ", its own test rows pooled with the others" if fixed else ""
        return f"{f'in {folds} folds' if folds else 'drawn at random from all rows'}{alike}{pool}"

    @property
    def validation_rows(self) -> int:
        """How many training rows become the validation set.

        A fraction is taken as the decimal that was written and gives the nearest number of rows;
        half a row counts as one.
        """
        return self.validation_rows_of(self.rows - self.test_rows)

    def validation_rows_of(self, rows: int) -> int:
        """How many of the `rows` that are not tested on become the validation set."""
        if not isinstance(self.validation, float):
            return self.validation or 0
        return int((rows * Decimal(str(self.validation))).to_integral_value(ROUND_HALF_UP))

    @property
    def training_rows(self) -> int:
        """How many rows are trained on, after the validation set is taken and the limit applied."""
        rows = self.rows - self.test_rows - self.validation_rows
        return rows if self.train_limit is None else min(rows, self.train_limit)

    @property
    def vocabulary(self) -> int:
        """The number of distinct word ranks of a sequence; 0 for other inputs."""
        return self.num_words if self.info.kind == "text" and self.encoding == "sequence" else 0
