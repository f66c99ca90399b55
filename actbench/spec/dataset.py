"""A data set in a spec: one of the catalogue by its name, or a user's own file, with options."""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PrivateAttr,
    SerializeAsAny,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from actbench.data.arrays import release_memory
from actbench.data.catalogue import CATALOGUE, from_catalogue
from actbench.data.dataset import Outline, outline
from actbench.data.dataset_info import (
    MAXLEN,
    NUM_WORDS,
    DatasetInfo,
    DatasetRequest,
    Scale,
    SplitRule,
    TargetScale,
)
from actbench.data.preparation import PREPARATION_VERSION
from actbench.data.tables import FileError
from actbench.data.user_file import UserFile, describe
from actbench.errors import DataError
from actbench.spec.problems import (
    Label,
    Problem,
    Problems,
    Section,
    is_number,
    one_or_more,
    one_problem,
    optional,
    read_as,
    refuse,
    shown,
)

# What an option of a text is if the spec leaves it out; `maxlen` goes with sequences only.
_TEXT_DEFAULTS = {"num_words": NUM_WORDS, "encoding": "multi_hot", "maxlen": MAXLEN}

Fraction = Annotated[float, Field(gt=0, lt=1)]
RowsOrFraction = Annotated[int, Field(ge=1)] | Fraction


def _read_validation(value: Any) -> Any:
    if value is None or (
        is_number(value) and (0 < value < 1 or (value >= 1 and isinstance(value, int)))
    ):
        return value
    expected = "expected a number of training rows (at least 1) or a fraction between 0 and 1"
    raise one_problem(f"{expected}, got {shown(value)}")


class Divide(Section):
    """Scaling by a division, such as that of pixels by 255."""

    divide: Annotated[float, Field(gt=0, description="What every input is divided by.")]


_Scale = Literal["standard", "minmax", "none"] | Divide


def _read_scale(value: Any) -> Any:
    if value in (None, "standard", "minmax", "none") or isinstance(value, Divide):
        return value
    if isinstance(value, dict):
        return read_as(Divide, value)
    raise one_problem(
        f"expected standard, minmax, none or a mapping `{{divide: 255}}`, got {shown(value)}"
    )


class DatasetChoice(Section):
    """What the two kinds of choices share: which rows are used, and how inputs are scaled."""

    name: str = ""
    validation: Annotated[
        int | float | None,
        BeforeValidator(_read_validation, json_schema_input_type=RowsOrFraction | None),
    ] = optional("Training rows held out for validation: a number or a fraction.")
    train_limit: Annotated[int, Field(ge=1)] | None = optional(
        "Train on this many rows only: the first ones after those held out."
    )
    scale: Annotated[
        _Scale | None, BeforeValidator(_read_scale, json_schema_input_type=_Scale | None)
    ] = optional("How inputs are scaled; by default, images by 1/255 and columns to variance 1.")
    target_scale: TargetScale | None = optional(
        "How the targets of a regression are scaled for the model; scores keep the target's unit."
    )
    _info: DatasetInfo = PrivateAttr()

    @property
    def info(self) -> DatasetInfo:
        """The facts of the data set."""
        return self._info

    @property
    def label(self) -> str:
        """The name in the tables, with the options that make it another data set."""
        options = self._options_in_label().items()
        words = [f"{key}={value}" for key, value in options if value is not None]
        return f"{self.name}({', '.join(words)})" if words else self.name

    def _options_in_label(self) -> dict[str, Any]:
        """The options that the label names; None where they are not set."""
        return {"train_limit": self.train_limit, "scale": self.other_scale}

    @property
    def other_scale(self) -> Scale | None:
        """How inputs are scaled, if not as usual for the data set."""
        scale = self.scale.divide if isinstance(self.scale, Divide) else self.scale
        return None if scale == self.info.scale else scale

    @property
    def request(self) -> DatasetRequest:
        """What `actbench.data.load` is to load."""
        return DatasetRequest(
            self.info,
            self.validation,
            self.train_limit,
            scale=self.other_scale,
            target_scale=self.target_scale,
        )

    @property
    def identity(self) -> dict[str, Any]:
        """What determines the rows and their form, without defaults."""
        rows = self.request.validation_rows if self.validation else None
        options = {
            "validation": rows,
            "train_limit": self.train_limit,
            "scale": self.other_scale,
            "target_scale": self.target_scale,
        }
        return {key: value for key, value in options.items() if value is not None}

    def outline(self, data_dir: Path | None) -> Outline:
        """The digest and the targets of the data set, without its inputs.

        Raises:
            DataError: the data set is missing or damaged.
        """
        return outline(self.info, data_dir)

    def filled(self, folder: Path | None) -> dict[str, Any]:
        """Plain values with every default filled in, for a spec in this folder."""
        return self.model_dump(mode="json", exclude_none=True)

    def _row_problems(self) -> Iterator[Problem]:
        rows, kept = self.info.train_rows, self.request.validation_rows
        if self.validation and not 0 < kept < rows:
            words = f"validation takes {kept:,} of the {rows:,} training rows; leave some of each"
            yield Problem(("validation",), words)
        elif self.train_limit and self.train_limit > rows - kept:
            words = f"expected at most the {rows - kept:,} training rows there are"
            yield Problem(("train_limit",), f"{words}, got {self.train_limit:,}")
        if self.target_scale and self.info.task != "regression":
            words = f"targets of a regression are scaled, and '{self.name}' holds classes"
            yield Problem(("target_scale",), words, at_key=True)


class CatalogueDataset(DatasetChoice):
    """A data set of the catalogue, and how its texts are encoded."""

    name: str = Field(
        description="A name; `actbench data list` shows them.",
        json_schema_extra={"enum": list(CATALOGUE)},
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

    def _options_in_label(self) -> dict[str, Any]:
        options = super()._options_in_label() | {"target_scale": self.target_scale}
        if self.info.kind == "text":
            options["num_words"] = None if self.num_words == NUM_WORDS else self.num_words
            if self.encoding == "sequence":
                options["maxlen"] = self.maxlen
        return options

    @property
    def request(self) -> DatasetRequest:
        options = self.model_dump(include=set(_TEXT_DEFAULTS), exclude_none=True)
        return replace(super().request, **options)

    @property
    def identity(self) -> dict[str, Any]:
        text = self.model_dump(include=set(_TEXT_DEFAULTS), exclude_none=True)
        options = {key: value for key, value in text.items() if value != _TEXT_DEFAULTS[key]}
        return {"name": self.name, **options, **super().identity}

    @model_validator(mode="after")
    def _check(self) -> "CatalogueDataset":
        try:
            self._info = from_catalogue(self.name)
        except DataError as error:
            raise one_problem(str(error), "name") from None
        refuse([*self._option_problems(), *self._row_problems()])
        if self.info.kind == "text":
            self._fill_text_options()
        return self

    def _fill_text_options(self) -> None:
        for key, default in _TEXT_DEFAULTS.items():
            if getattr(self, key) is None and (key != "maxlen" or self.encoding == "sequence"):
                object.__setattr__(self, key, default)  # the model is frozen

    def _option_problems(self) -> Iterator[Problem]:
        if self.info.kind == "text":
            if self.maxlen and self.encoding != "sequence":
                yield Problem(("maxlen",), "maxlen goes with `encoding: sequence` only", True)
            if self.scale is not None:
                yield Problem(("scale",), f"'{self.name}' is text, which has no scale", True)
            return
        for key in _TEXT_DEFAULTS:
            if getattr(self, key) is not None:
                words = f"'{self.name}' is no text; {key} is an option of reuters and imdb"
                yield Problem((key,), words, at_key=True)


class ByColumn(Section):
    """The test rows are those in which a column has a value."""

    column: Annotated[str, Field(description="A column that says which rows are for the test.")]
    value: Annotated[str | int | float | bool, Field(description="Its value in those rows.")]


class ByGroup(Section):
    """The test rows are those of some groups, of which no row is trained on."""

    group: Annotated[str, Field(description="A column that names the group of each row.")]
    fraction: Annotated[Fraction, Field(description="About this share of the rows.")] = 0.2


class ByTime(Section):
    """The test rows are the last ones by a time."""

    last: Annotated[Fraction, Field(description="About this share of the rows.")]
    by: Annotated[str, Field(description="A column of dates such as 2021-03-04, or of numbers.")]


_TEST_FORMS: dict[str, type[Section]] = {"column": ByColumn, "group": ByGroup, "last": ByTime}
_Test = Fraction | ByColumn | ByGroup | ByTime


def _read_test(value: Any) -> Any:
    for key, form in _TEST_FORMS.items():
        if isinstance(value, form):
            return value
        if isinstance(value, dict) and key in value:
            return read_as(form, value)
    if value is None or (isinstance(value, float) and 0 < value < 1):
        return value
    forms = "`{column: fold, value: test}`, `{group: customer}` or `{last: 0.2, by: date}`"
    raise one_problem(f"expected a fraction between 0 and 1, {forms}, got {shown(value)}")


_FILE = "A .csv, .tsv, .parquet or .npz file, or a folder with a folder of images for each class."
_Side = Annotated[int, Field(ge=1, le=10_000)]


class FileDataset(DatasetChoice):
    """A user's own file: which column is predicted, from which others, and on which rows."""

    file: Annotated[str, Field(min_length=1, description=_FILE)]
    name: Label | None = optional("The name in the tables; by default that of the file.")  # type: ignore[assignment]
    target: str | None = optional("The column that is predicted.")
    task: Literal["regression", "binary", "multiclass"] | None = optional(
        "What predicting it is; inferred where it is clear."
    )
    positive: str | int | float | bool | None = optional("The class of a binary target that is 1.")
    drop: Annotated[tuple[str, ...], one_or_more(str)] = Field(
        (), description="Columns that are left out."
    )
    types: dict[str, Literal["number", "category"]] = Field(
        {}, description="What columns are: number or category; inferred where it is clear."
    )
    missing_target: Literal["refuse", "drop"] = Field(
        "refuse", description="What happens to rows without a target."
    )
    test: Annotated[
        _Test | None, BeforeValidator(_read_test, json_schema_input_type=_Test | None)
    ] = optional("Which rows are for the test: a share, by a column, whole groups, the last.")
    size: Annotated[
        tuple[_Side, _Side] | None,
        BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value),
    ] = optional("Of images in a folder: the rows and columns of pixels that all are brought to.")
    _path: Path = PrivateAttr()
    _outline: Outline = PrivateAttr()

    @property
    def rule(self) -> SplitRule | None:
        """How the test rows are drawn, if the spec says so."""
        if self.test is None:
            return None
        if isinstance(self.test, ByColumn):
            return SplitRule("column", column=self.test.column, value=str(self.test.value))
        if isinstance(self.test, ByGroup):
            return SplitRule("group", self.test.fraction, self.test.group)
        if isinstance(self.test, ByTime):
            return SplitRule("last", self.test.last, self.test.by)
        return SplitRule("fraction", self.test)

    @property
    def identity(self) -> dict[str, Any]:
        """The digest of the data covers what the columns hold; this is what is made of them."""
        rule = self.info.test
        test = {} if rule in (None, SplitRule()) else {"test": asdict(rule)}
        return {"preparation": PREPARATION_VERSION, **test, **super().identity}

    def outline(self, data_dir: Path | None) -> Outline:
        """The digest and the targets of the file as it was when the spec was read."""
        return self._outline

    def filled(self, folder: Path | None) -> dict[str, Any]:
        """Plain values; the path of the file is relative to the folder."""
        file = os.path.relpath(self._path, folder) if folder else self.file
        return super().filled(folder) | {"file": Path(file).as_posix()}

    @model_validator(mode="after")
    def _read_file(self, info: ValidationInfo) -> "FileDataset":
        folder = Path((info.context or {}).get("folder", "."))
        self._path = (folder / self.file).absolute()
        name = self.name or Path(self.file).stem
        if name in CATALOGUE:
            raise one_problem(
                f"'{name}' is a data set of the catalogue; give this another `name`", "name"
            )
        source = UserFile(
            path=self._path,
            target=self.target,
            task=self.task,
            positive=self.positive,
            drop=self.drop,
            types=tuple(self.types.items()),
            missing_target=self.missing_target,
            test=self.rule,
            size=self.size,
        )
        try:
            self._info, parsed = describe(source, name)
        except FileError as error:
            raise Problems(Problem(part.key, str(part)) for part in error.parts) from None
        except DataError as error:
            raise one_problem(str(error), "file") from None
        inferred: dict[str, Any] = {"name": name, "task": parsed.task, "types": parsed.types}
        self._outline = Outline.of(self._info, parsed.arrays)
        del parsed
        release_memory()
        if self.test is None and self.info.test:
            inferred["test"] = self.info.test.fraction
        for key, value in inferred.items():
            object.__setattr__(self, key, value)  # the model is frozen
        refuse(self._row_problems())
        return self

    def __hash__(self) -> int:
        return hash(json.dumps(self.filled(None), sort_keys=True))


def _read_choice(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, DatasetChoice):
        return value
    if isinstance(value, dict) and "file" in value:
        return read_as(FileDataset, value, info.context)
    return read_as(CatalogueDataset, {"name": value} if isinstance(value, str) else value)


AnyDataset = Annotated[
    SerializeAsAny[DatasetChoice],
    BeforeValidator(
        _read_choice,
        json_schema_input_type=Annotated[str, WithJsonSchema({"enum": list(CATALOGUE)})]
        | CatalogueDataset
        | FileDataset,
    ),
]
