"""A spec for a user's file, written from what its inspection says: plain text with the reasons."""

import os
import re
from pathlib import Path
from textwrap import indent
from typing import Any

import yaml

from actbench.data.catalogue import CATALOGUE
from actbench.data.dataset_info import DatasetInfo, SplitRule
from actbench.data.inspection import MOSTLY, Inspection
from actbench.errors import SpecError
from actbench.spec.keras_names import DEFAULT_OUTPUT, LOSSES, METRICS
from actbench.spec.spec_files import validate
from actbench.spec.yaml_document import parse
from actbench.wording import counted

COMMONEST = ("relu", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid")
_COMMENTS_AT = 35  # the column of the comments
_MOST_TYPES = 500  # a spec may not be of any size

# By the number of training rows, up to: units, rows a batch, epochs, seeds.
_SIZES = (
    (1_000, (32, 32), 16, 50, 20),
    (10_000, (64, 64), 32, 30, 20),
    (100_000, (128, 128), 128, 15, 10),
    (float("inf"), (128, 128), 512, 5, 10),
)


def dataset_block(inspection: Inspection, folder: Path) -> str:
    """The `dataset` of a spec in `folder`, with every inference spelled out and its reason.

    Raises:
        SpecError: no data set can be made of the file.
    """
    if inspection.problem or inspection.info is None:
        raise SpecError(inspection.problem)
    info, source = inspection.info, inspection.source
    path = Path(os.path.relpath(source.path, folder)).as_posix()
    lines = ["dataset:", _line("file", path, "relative to this spec")]
    if info.name in CATALOGUE:
        lines.append(_line("name", f"{info.name}_file", "not that of a data set of actbench"))
    if source.target is not None:
        lines.append(_line("target", source.target))
    if source.size is not None:
        lines.append(_entry(f"  size: {list(source.size)}", inspection.columns[0].reason))
    lines.append(_line("task", info.task, inspection.task_reason))
    if info.task == "binary":
        lines.append(_line("positive", info.labels[1], "the class that is 1"))
    if source.missing_target == "drop":
        words = f"{counted(inspection.missing_targets, 'row')} without a target"
        lines.append(_line("missing_target", "drop", words))
    report_by_name = {report.name: report for report in inspection.columns}
    if source.drop:
        lines.append("  drop:")
        dropped = [report_by_name[name] for name in source.drop]
        lines += [_entry(f"    - {_scalar(r.name)}", r.left_out) for r in dropped]
    if len(source.types) > _MOST_TYPES:
        lines.append(
            f"  # types: {len(source.types):,} columns, as `actbench data inspect` lists them"
        )
    elif source.types:
        lines.append("  types:")
        for name, kind in source.types:
            report = report_by_name.get(name)
            words = "; ".join(filter(None, [report.reason, report.remark])) if report else ""
            lines.append(_entry(f"    {_pair(name, kind)}", words))
    if info.task == "regression":
        words = "for the model; scores stay in the target's own unit"
        lines.append(_line("target_scale", "standard", words))
    return "\n".join([*lines, *_split_lines(inspection, info)]) + "\n"


def spec_draft(inspection: Inspection, spec: Path) -> str:
    """The text of a whole spec at the path `spec`, which runs as it stands.

    Raises:
        SpecError: no data set can be made of the file, or the spec has no folder.
    """
    if not spec.parent.is_dir():
        raise SpecError(f"cannot write {spec}: there is no folder {spec.parent}")
    block = dataset_block(inspection, spec.parent)
    info, name = inspection.info, _plain_name(spec.stem)
    assert info is not None
    units, batch, epochs, seeds = _sizes(info.train_rows)
    rows = counted(info.train_rows, "training row")
    batch = min(batch, max(1, info.train_rows // 10))
    candidates = [
        "    - {name: selu, companions: true}" if hidden == "selu" else f"    - {hidden}"
        for hidden in COMMONEST
    ]
    target = f" of {inspection.source.target}" if inspection.source.target else ""
    lines = [
        f"# Look at it with `actbench plan {spec.name}`, run it with `actbench run {spec.name}`.",
        "",
        f"name: {_scalar(name)}",
        f"description: {_scalar(f'Which hidden activation suits the prediction{target}?')}",
        "",
        block,
        *_architecture(info, units, rows),
        "",
        _entry("activations:", "every hidden one is trained with every output one"),
        _entry("  hidden:", "the commonest ones; `actbench activations` lists more"),
        *candidates,
        _entry(f"  output: [{DEFAULT_OUTPUT[info.task]}]", f"suits a {info.task} task"),
        "",
        "optimizer: adam",
        _entry(f"# loss: {LOSSES[info.task][0]}", "the default"),
        _metrics(inspection, info),
        _entry(f"epochs: {epochs}", f"suits {rows}"),
        _entry(f"batch_size: {batch}", f"suits {rows}"),
        _entry(
            f"seeds: {seeds}", "replicates: the same for every arm; 9 are the fewest that decide"
        ),
        _entry("baseline: {hidden: relu}", "the arm that the others are compared with"),
    ]
    text = "\n".join(lines) + "\n"
    validate(parse(text, str(spec)), spec.parent)
    return text


def _split_lines(inspection: Inspection, info: DatasetInfo) -> list[str]:
    inputs = [r for r in inspection.columns if r.name != inspection.source.target]
    dates = [report.name for report in inputs if report.type == "date"]
    groups = [report.name for report in inputs if report.groups]
    if info.test is None:
        lines = [_entry("  # test: the file itself", f"{counted(info.test_rows, 'row')}")]
    else:
        assert info.test == SplitRule()
        alike = ", of each class alike" if info.classes else ""
        words = f"{counted(info.test_rows, 'row')} at random{alike}, the same for ever"
        lines = [_entry("  test: 0.2", words)]
    others: list[tuple[dict[str, Any], str]] = []
    for name in groups[:1]:
        others.append(({"group": name, "fraction": 0.2}, "or whole groups: none on both sides"))
    for name in dates[:1]:
        others.append(({"last": 0.2, "by": name}, "or the last ones by date"))
    for rule, words in others:
        text = yaml.safe_dump(rule, default_flow_style=True, sort_keys=False, width=float("inf"))
        lines.append(_entry(f"  # test: {text.strip()}", words))
    lines.append(_entry("  validation: 0.2", "of the other rows: to see when training goes wrong"))
    return lines


def _architecture(info: DatasetInfo, units: tuple[int, ...], rows: str) -> list[str]:
    head = "architecture:"
    if info.kind == "image" and len(info.input_shape) in (2, 3) and min(info.input_shape[:2]) > 9:
        shape = " x ".join(map(str, info.input_shape))
        return [head, _entry("  type: cnn", f"for images of {shape}"), "  filters: [16, 32]"]
    return [head, "  type: mlp", _entry(f"  units: {list(units)}", f"suits {rows}")]


def _metrics(inspection: Inspection, info: DatasetInfo) -> str:
    usual, *others = METRICS[info.task]
    if info.task == "binary" and inspection.commonest_share > MOSTLY:
        words = (
            f"{inspection.commonest_share:.0%} of the rows are of one class: accuracy says little"
        )
        return _entry("metrics: [auc, accuracy]", words)
    return _entry(f"# metrics: [{usual}]", f"the default; or {', '.join(others)}")


def _sizes(rows: int) -> tuple[tuple[int, ...], int, int, int]:
    return next(sizes for most, *sizes in _SIZES if rows < most)  # type: ignore[return-value]


def _plain_name(stem: str) -> str:
    """The stem of a file as a name of an experiment."""
    return re.sub(r"[^A-Za-z0-9_-]+", "_", stem).lstrip("-")[:100] or "experiment"


def _line(key: str, value: Any, words: str = "") -> str:
    return _entry(f"  {key}: {_scalar(value)}", words)


def _entry(text: str, words: str) -> str:
    """The text with the words as a comment; a comment has one line, whatever they hold."""
    one_line = "".join(
        c if c.isprintable() else f"\\u{ord(c):04x}" for c in " ".join(words.split())
    )
    return f"{text:<{_COMMENTS_AT - 1}} # {one_line}" if one_line else text


def _scalar(value: Any) -> str:
    return _pair("key", value)[len("key: ") :]


def _pair(key: str, value: Any) -> str:
    plain = f"{key}{value}".isprintable()
    text = yaml.safe_dump({key: value}, width=float("inf"), allow_unicode=plain).strip()
    return indent(text, "    ").strip()
