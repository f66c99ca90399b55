"""A data set in a spec: a name, or a mapping with its options."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, PrivateAttr, model_validator
from pydantic_core import CoreSchema

from actbench.data.catalogue import CATALOGUE, from_catalogue
from actbench.data.dataset_info import MAXLEN, NUM_WORDS, DatasetInfo, DatasetRequest
from actbench.errors import DataError
from actbench.spec.problems import Problem, Section, one, optional, refuse, shown

# What an option of a text is if the spec leaves it out; `maxlen` goes with sequences only.
_TEXT_DEFAULTS = {"num_words": NUM_WORDS, "encoding": "multi_hot", "maxlen": MAXLEN}

RowsOrFraction = Annotated[int, Field(ge=1)] | Annotated[float, Field(gt=0, lt=1)]


def _read_validation(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is None or (number and (0 < value < 1 or (value >= 1 and isinstance(value, int)))):
        return value
    expected = "expected a number of training rows (at least 1) or a fraction between 0 and 1"
    raise one(f"{expected}, got {shown(value)}")


class DatasetChoice(Section):
    """Which data set, how many of its rows, and how its texts are encoded."""

    name: str = Field(
        description="A name; `actbench data list` shows them.",
        json_schema_extra={"enum": list(CATALOGUE)},
    )
    validation: Annotated[
        int | float | None,
        BeforeValidator(_read_validation, json_schema_input_type=RowsOrFraction | None),
    ] = optional("The first training rows, held out for validation: a number or a fraction.")
    train_limit: Annotated[int, Field(ge=1)] | None = optional(
        "Train on this many rows only: the first ones after those held out."
    )
    num_words: Annotated[int, Field(ge=10, le=100_000)] | None = optional(
        "Of texts: how many of the commonest words are told apart."
    )
    encoding: Literal["multi_hot", "sequence"] | None = optional(
        "Of texts: one column for each word, or the words in order."
    )
    maxlen: Annotated[int, Field(ge=1, le=10_000)] | None = optional(
        "Of sequences: how many words are kept, the last ones of each text."
    )
    _info: DatasetInfo = PrivateAttr()

    @property
    def info(self) -> DatasetInfo:
        """The facts of the data set."""
        return self._info

    @property
    def label(self) -> str:
        """The name in the tables, with the options that make it another data set."""
        options = {"train_limit": self.train_limit}
        if self.info.kind == "text":
            options["num_words"] = None if self.num_words == NUM_WORDS else self.num_words
            if self.encoding == "sequence":
                options["maxlen"] = self.maxlen
        words = [f"{key}={value}" for key, value in options.items() if value is not None]
        return f"{self.name}({', '.join(words)})" if words else self.name

    @property
    def request(self) -> DatasetRequest:
        """What `actbench.data.load` is to load."""
        return DatasetRequest(self.info, **self._options())

    @property
    def identity(self) -> dict[str, Any]:
        """What determines the rows and their form, without defaults; validation in rows."""
        options = {k: v for k, v in self._options().items() if v != _TEXT_DEFAULTS.get(k)}
        rows = {"validation": self.request.validation_rows} if self.validation else {}
        return {"name": self.name, **options, **rows}

    def _options(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"name"}, exclude_defaults=True)

    @model_validator(mode="before")
    @classmethod
    def _accept_name(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _check(self) -> "DatasetChoice":
        try:
            self._info = from_catalogue(self.name)
        except DataError as error:
            raise one(str(error), "name") from None
        refuse([*_option_problems(self), *_row_problems(self)])
        if self.info.kind == "text":
            self._fill_text_options()
        return self

    def _fill_text_options(self) -> None:
        for key, default in _TEXT_DEFAULTS.items():
            if getattr(self, key) is None and (key != "maxlen" or self.encoding == "sequence"):
                object.__setattr__(self, key, default)  # the model is frozen

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        mapping = handler.resolve_ref_schema(handler(core_schema))
        return {"anyOf": [{"enum": list(CATALOGUE)}, mapping]}


def _option_problems(choice: DatasetChoice) -> Iterator[Problem]:
    if choice.info.kind == "text":
        if choice.maxlen and choice.encoding != "sequence":
            yield Problem(("maxlen",), "maxlen goes with `encoding: sequence` only", True)
        return
    for key in _TEXT_DEFAULTS:
        if getattr(choice, key) is not None:
            words = f"'{choice.name}' is no text; {key} is an option of reuters and imdb"
            yield Problem((key,), words, at_key=True)


def _row_problems(choice: DatasetChoice) -> Iterator[Problem]:
    rows, kept = choice.info.train_rows, choice.request.validation_rows
    if choice.validation and not 0 < kept < rows:
        words = f"validation takes {kept:,} of the {rows:,} training rows; leave some of each"
        yield Problem(("validation",), words)
    elif choice.train_limit and choice.train_limit > rows - kept:
        words = f"expected at most the {rows - kept:,} training rows there are"
        yield Problem(("train_limit",), f"{words}, got {choice.train_limit:,}")
