"""A data set in a spec: a name, or a mapping with its options."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from actbench.data.catalogue import CATALOGUE, DatasetInfo, validation_rows
from actbench.spec.problems import Problem, Problems, Section, shown
from actbench.wording import listed, nearest

NUM_WORDS = 10_000
MAXLEN = 200


def _validation(value: Any) -> int | float | None:
    """A number of rows, or a fraction of them."""
    if value is None:
        return None
    whole = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    if whole or (isinstance(value, float) and 0 < value < 1):
        return value  # type: ignore[no-any-return]
    expected = "expected a number of training rows (at least 1) or a fraction between 0 and 1"
    raise Problems([Problem((), f"{expected}, got {shown(value)}")])


class DatasetChoice(Section):
    """Which data set, and how much and what form of it."""

    name: str
    validation: Annotated[
        int | float | None,
        BeforeValidator(_validation),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "integer", "minimum": 1},
                    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                    {"type": "null"},
                ]
            },
            mode="validation",
        ),
    ] = None
    train_limit: Annotated[int, Field(ge=1)] | None = None
    num_words: Annotated[int, Field(ge=10, le=1_000_000)] | None = None
    encoding: Literal["multi_hot", "sequence"] | None = None
    maxlen: Annotated[int, Field(ge=1, le=100_000)] | None = None

    @property
    def info(self) -> DatasetInfo:
        """The facts about this data set."""
        return CATALOGUE[self.name]

    @property
    def label(self) -> str:
        """The name in the tables, with the options that make it another data set.

        >>> DatasetChoice(name="mnist", train_limit=500).label
        'mnist(train_limit=500)'
        """
        told = {"train_limit": self.train_limit}
        if self.info.kind == "text":
            told["num_words"] = None if self.num_words == NUM_WORDS else self.num_words
            if self.encoding == "sequence":
                told["maxlen"] = self.maxlen
        words = [f"{key}={value}" for key, value in told.items() if value is not None]
        return f"{self.name}({', '.join(words)})" if words else self.name

    @property
    def options(self) -> dict[str, Any]:
        """The arguments for `actbench.data.load`, beside the name; validation in rows."""
        given = self.model_dump(mode="json", exclude={"name"}, exclude_none=True)
        return given | ({"validation": self.validation_rows} if self.validation else {})

    @property
    def training_rows(self) -> int:
        """Rows trained on, after validation and limit took theirs."""
        rows = self.info.train_rows - self.validation_rows
        return rows if self.train_limit is None else min(rows, self.train_limit)

    @property
    def validation_rows(self) -> int:
        """Rows kept for validation."""
        return validation_rows(self.info.train_rows, self.validation)


def _read(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


def _check(choice: DatasetChoice) -> DatasetChoice:
    problems = _name_problems(choice) or _option_problems(choice) + _row_problems(choice)
    if problems:
        raise Problems(problems)
    return _filled(choice)


def _name_problems(choice: DatasetChoice) -> list[Problem]:
    if choice.name in CATALOGUE:
        return []
    near = nearest(choice.name, CATALOGUE) or f"; the data sets are {listed(CATALOGUE)}"
    return [Problem(("name",), f"expected the name of a data set, got '{choice.name[:60]}'{near}")]


def _option_problems(choice: DatasetChoice) -> list[Problem]:
    if choice.info.kind == "text":
        if choice.maxlen and choice.encoding != "sequence":
            return [Problem(("maxlen",), "maxlen goes with `encoding: sequence` only", True)]
        return []
    given = {"num_words": choice.num_words, "encoding": choice.encoding, "maxlen": choice.maxlen}
    return [
        Problem((key,), f"'{choice.name}' is no text; {key} is an option of reuters and imdb", True)
        for key, value in given.items()
        if value is not None
    ]


def _row_problems(choice: DatasetChoice) -> list[Problem]:
    rows, kept = choice.info.train_rows, choice.validation_rows
    if choice.validation and not 0 < kept < rows:
        words = f"validation takes {kept:,} of the {rows:,} training rows; leave some of each"
        return [Problem(("validation",), words)]
    if choice.train_limit and choice.train_limit > rows - kept:
        words = f"expected at most the {rows - kept:,} training rows there are"
        return [Problem(("train_limit",), f"{words}, got {choice.train_limit:,}")]
    return []


def _filled(choice: DatasetChoice) -> DatasetChoice:
    """The same choice with the defaults of a text set filled in."""
    if choice.info.kind != "text":
        return choice
    encoding = choice.encoding or "multi_hot"
    maxlen = (choice.maxlen or MAXLEN) if encoding == "sequence" else None
    filled = {"num_words": choice.num_words or NUM_WORDS, "encoding": encoding, "maxlen": maxlen}
    return choice.model_copy(update=filled)


def dataset_schema() -> dict[str, Any]:
    """JSON Schema of a data set: a name, or a mapping with options."""
    mapping = DatasetChoice.model_json_schema()
    mapping["properties"]["name"] = {"enum": list(CATALOGUE)}
    mapping.pop("title", None)
    return {"anyOf": [{"enum": list(CATALOGUE)}, mapping]}


Dataset = Annotated[
    DatasetChoice,
    BeforeValidator(_read),
    AfterValidator(_check),
    WithJsonSchema(dataset_schema(), mode="validation"),
]
