"""`actbench plan`: what would be trained, what is done already, what to watch out for."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from actbench.cli import options
from actbench.cli.console import output, plain_table, print_json
from actbench.errors import doing
from actbench.wording import counted, duration, listed

if TYPE_CHECKING:
    from actbench.data import DatasetInfo, DatasetRequest, NumberedSplit
    from actbench.experiment import Plan
    from actbench.experiment.checks import Check
    from actbench.spec.dataset import FileDataset

NAMES = 8  # of columns or classes that a line names


def plan(
    specs: options.Specs,
    seeds: options.Seeds = None,
    epochs: options.Epochs = None,
    overrides: options.Overrides = None,
    out: options.Out = options.RESULTS,
    data_dir: options.DataDir = None,
    strict: options.Strict = False,
    as_json: options.AsJson = False,
) -> None:
    """Say what a run would train, what is done already, and how long it would take."""
    from actbench.experiment import make_plan
    from actbench.experiment.checks import refuse_warnings

    experiments = options.load_specs(specs, overrides, seeds, epochs)
    with doing(f"planning {listed(specs)}"):
        plans = [make_plan(experiment, out, data_dir) for experiment in experiments]
        if as_json:
            print_json([_summary(plan) for plan in plans])
        else:
            print_plans(plans)
        if strict:
            refuse_warnings(plans)


def print_plans(plans: "Sequence[Plan]") -> None:
    """Print of each plan the arms, the trials, the time, and what the checks say."""
    from actbench.experiment.checks import checks_of

    console = output()
    for i, plan in enumerate(plans):
        if i:
            console.print()
        console.print(Text(plan.experiment.name, style="bold"), plan.experiment.description)
        console.print(_arms(plan))
        reach = [*_splits_in_words(plan)] if plan.experiment.splits else [_smallest_p(plan)]
        for line in (*_user_files(plan), _trials(plan), *_rates(plan), *reach, *_notes(plan)):
            console.print(line)
        if checks := checks_of(plan):
            console.print("Checks before training:")
            console.print(_checks(plan, checks))


def _arms(plan: "Plan") -> Table:
    """A row for each arm: where it is trained, and on how many seeds it is done."""
    table = plain_table()
    for head in ("data set", "architecture", "arm"):
        table.add_column(head, overflow="fold")
    table.add_column("done", justify="right")
    for number, block in enumerate(plan.blocks):
        for i, cell in enumerate(block.cells):
            where = (block.dataset.label, block.architecture.name) if i == 0 else ("", "")
            baseline = " (baseline)" if cell.arm == block.baseline else ""
            done, trials = plan.counts[number, cell]
            table.add_row(*where, cell.arm.label + baseline, f"{done}/{trials}")
    return table


def _user_files(plan: "Plan") -> list[str]:
    """A line for each data set from a user's file: what it is taken for, and its rows."""
    from actbench.spec.dataset import FileDataset

    choices = plan.experiment.dataset
    return [_user_file(choice) for choice in choices if isinstance(choice, FileDataset)]


def _user_file(choice: "FileDataset") -> str:
    info, request = choice.info, choice.request
    columns_by_type: dict[str, list[str]] = {}
    for column, kind in choice.types.items():
        columns_by_type.setdefault(kind, []).append(column)
    inputs = [f"{_shortened(columns)} ({kind})" for kind, columns in columns_by_type.items()]
    inputs = inputs or [f"arrays of {' x '.join(map(str, info.input_shape))}"]
    task = f"{len(info.labels)} classes: {_shortened(info.labels)}" if info.labels else info.task
    task += f"; {info.labels[1]} counts as 1" if info.task == "binary" else ""
    validation = request.validation_rows
    rows = [f"{request.training_rows:,} to train on"]
    rows += [f"{validation:,} to validate on"] if validation else []
    rows += [f"{info.test_rows:,} for the test, {_drawn(info)}"]
    target = choice.target or ("its folders" if choice.size else "y")
    inferred = f"inputs {listed(inputs)}; target {target} ({task})"
    return f"{choice.label}: {inferred}. Rows: {listed(rows)}."


def _shortened(names: "Sequence[str]") -> str:
    """The first names, and how many more there are."""
    more = [f"{len(names) - NAMES:,} more"] if len(names) > NAMES else []
    return listed([*names[:NAMES], *more])


def _drawn(info: "DatasetInfo") -> str:
    """How the test rows of a user's file are drawn."""
    rule = info.test
    if rule is None:
        return "as the file says"
    return {
        "fraction": "at random" + (", of each class alike" if info.classes else ""),
        "column": f"where {rule.column} is {rule.value}",
        "group": f"whole groups of {rule.column}",
        "last": f"the last by {rule.column}",
    }[rule.kind]


def _trials(plan: "Plan") -> str:
    from actbench.experiment.expected_time import expected_seconds

    arms, seeds = len(plan.counts), len(plan.experiment.seeds)
    seconds = expected_seconds(plan)
    if seconds is None:
        time = ", in a time that only the first trial will tell"
    else:
        # Trials that are done tell how many epochs the others may take; before that nobody knows.
        at_most = "at most " if plan.experiment.early_stopping and not plan.done else ""
        time = f", in {at_most}about {duration(seconds)}" if plan.todo else ""
    splits = f" × {counted(len(numbers), 'split')}" if (numbers := _splits(plan)) else ""
    rates = f", and {len(plan.selection):,} to choose learning rates" if plan.selection else ""
    return (
        f"{counted(len(plan.trials), 'trial')} ({counted(arms, 'arm')}{splits} × "
        f"{counted(seeds, 'seed')}{rates}): {len(plan.done)} done, {len(plan.todo)} to train{time}."
    )


def _splits(plan: "Plan") -> "Sequence[NumberedSplit]":
    """The splits of every data set; none where there is only the usual one."""
    return [split for split in plan.experiment.numbered_splits if split is not None]


def _splits_in_words(plan: "Plan") -> "Iterator[str]":
    """Of each data set how its splits are drawn, what they cost, and what they can show."""
    for choice in plan.experiment.dataset:
        request, shapes = plan.experiment.requests(choice)[0], plan.shapes(choice)
        rows = f"{request.training_rows:,} rows to train on and {request.test_rows:,} for the test"
        programs = "once" if shapes == 1 else f"{shapes} times"
        yield (
            f"{choice.label}: {counted(len(_splits(plan)), 'split')}, {request.drawing}; in each "
            f"about {rows}. Every arm is compiled {programs}. {_width(request)}"
        )


def _width(request: "DatasetRequest") -> str:
    """How wide an interval the splits of a data set give."""
    from actbench.data.dataset_info import TIME_WINDOW
    from actbench.statistics.scopes import half_width, ratio_of_windows

    assert request.split is not None
    ratio = request.test_rows / request.training_rows
    if request.is_by_time:
        ratio = ratio_of_windows(ratio, TIME_WINDOW)
    splits = request.split.scheme.count
    return (
        f"The 95% interval of a difference is ± {half_width(splits, ratio):.2f} times its standard "
        f"deviation from split to split; no number of splits brings it below "
        f"± {half_width(None, ratio):.2f} times."
    )


def _rates(plan: "Plan") -> list[str]:
    """How the learning rates are chosen, what that costs, and what the other way would."""
    from actbench.experiment.expected_time import recommends_each, selection_costs
    from actbench.experiment.trials import selection_metric

    experiment = plan.experiment
    if experiment.learning_rates is None:
        return []
    metrics = {selection_metric(cell) for block in plan.blocks for cell in block.cells}
    rates, seeds = experiment.learning_rates, len(experiment.selection_seed_numbers)
    by = (
        "every seed by a selection seed of its own"
        if experiment.chosen_by_each
        else (f"one for all its seeds by {counted(seeds, 'selection seed')}")
    )
    split = " in each split" if experiment.splits else ""
    words = (
        f"Learning rates: each arm chooses among {len(rates)} ({rates[0]:g} to {rates[-1]:g}), "
        f"{by}{split}, on validation {listed(sorted(metrics))}."
    )
    costs = {
        name: f"{counted(cost.trials, 'trial')}"
        + (f", about {duration(cost.seconds)}" if cost.seconds is not None else "")
        for name, cost in selection_costs(plan).items()
    }
    if experiment.chosen_by_each:
        return [f"{words} That costs {costs['each']} (`together`: {costs['together']})."]
    advice = "; recommended, as a trial takes under a second" if recommends_each(plan) else ""
    return [
        f"{words} That costs {costs['together']}. `selection: each` would put the uncertainty of "
        f"the choice inside the interval, and cost {costs['each']}{advice}."
    ]


def _smallest_p(plan: "Plan") -> str:
    """The smallest p-value that the seeds can give, and how many seeds reach 0.05."""
    from actbench.statistics import smallest_p

    seeds, comparisons = len(plan.experiment.seeds), _comparisons(plan)
    if comparisons == 0:
        return "A single arm: nothing is compared."
    if few := too_few_seeds(plan):
        return few
    corrected = f" after correction for {comparisons} comparisons" if comparisons > 1 else ""
    p = comparisons * smallest_p(seeds)
    return f"The smallest p-value that {seeds} seeds can reach is {p:.2g}{corrected}."


def too_few_seeds(plan: "Plan") -> str:
    """That the seeds cannot decide anything, and how many would do; empty where they can.

    Also empty where there are several splits, which the verdicts are then about.
    """
    from actbench.statistics import ALPHA, seeds_to_reach, smallest_p

    seeds, comparisons = len(plan.experiment.seeds), _comparisons(plan)
    if comparisons == 0 or plan.experiment.splits:
        return ""
    enough = f"{seeds_to_reach(ALPHA, comparisons)} seeds can reach {ALPHA}."
    if seeds == 1:
        return f"One seed decides nothing; {enough}"
    p = min(1.0, comparisons * smallest_p(seeds))
    corrected = f" after correction for {comparisons} comparisons" if comparisons > 1 else ""
    sentence = f"The smallest p-value that {seeds} seeds can reach is {p:.2g}{corrected}"
    return f"{sentence}: too few; {enough}" if p > ALPHA else ""


def _comparisons(plan: "Plan") -> int:
    """The number of arms to compare with the baseline, in the block that has most."""
    return max(len(block.cells) for block in plan.blocks) - 1


def _notes(plan: "Plan") -> list[str]:
    """What else to know: data that is not here, code that a run executes, trials left out."""
    from actbench.experiment.environment import version_notes

    notes = [f"{name}: {why}" for name, why in plan.missing_data.items()]
    notes += version_notes(plan)
    if plan.unmeasured:
        notes.append(
            f"{counted(plan.unmeasured, 'trial')} trained without diagnostics: a run trains again "
            "what it has to measure, and the scores stay the same."
        )
    arms = [cell.arm for block in plan.blocks for cell in block.cells]
    customs = [activation.custom for arm in arms for activation in (arm.hidden, arm.output)]
    builders = [choice.user_function for choice in plan.experiment.architecture]
    notes += [
        f"{path} is a Python function that a run imports and runs: train only code you trust."
        for path in dict.fromkeys(filter(None, [*customs, *builders]))
    ]
    notes += [note for choice in plan.experiment.architecture for note in choice.notes]
    if plan.changed_keys and plan.others:
        notes.append(
            f"Since the last run {listed(plan.changed_keys)} changed, which makes other trials; "
            f"{plan.others} earlier ones stay in the journal and are not in the tables."
        )
    elif plan.others:
        notes.append(
            f"{counted(plan.others, 'trial')} in the journal "
            f"{'is' if plan.others == 1 else 'are'} not part of this spec as it stands "
            "(other seeds or arms), and not in the tables; nothing of it is lost."
        )
    return [*notes, *plan.journal_notes]


def _checks(plan: "Plan", checks: "Sequence[Check]") -> Table:
    """What the checks say; the blocks are named where it is not about all of them."""
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for check in checks:
        where = f" ({blocks})" if (blocks := blocks_of_check(plan, check)) else ""
        table.add_row(f"  {check.level}:", Text(f"{check.sentence}{where}"))
    return table


def blocks_of_check(plan: "Plan", check: "Check") -> str:
    """The data sets that it holds for, with the architecture where it is not every one.

    Empty where it holds for all blocks.
    """
    from actbench.experiment.checks import block_name

    if len(check.blocks) == len(plan.blocks):
        return ""
    names: list[str] = []
    for dataset in plan.experiment.dataset:
        blocks = [block_name(block) for block in plan.blocks if block.dataset == dataset]
        concerned = [name for name in blocks if name in check.blocks]
        names += [dataset.label] if concerned == blocks else concerned
    return "; ".join(names)


def _summary(plan: "Plan") -> dict[str, Any]:
    from actbench.experiment.checks import checks_of
    from actbench.experiment.environment import version_notes
    from actbench.experiment.expected_time import expected_seconds
    from actbench.statistics import smallest_p

    comparisons, p = _comparisons(plan), smallest_p(len(plan.experiment.seeds))
    reach: dict[str, Any] = {
        "smallest_p": p,
        "comparisons": comparisons,
        "smallest_p_corrected": min(1.0, max(1, comparisons) * p),
    }
    if splits := _splits(plan):
        reach = {"splits": len(splits), "comparisons": comparisons}
    return {
        "name": plan.experiment.name,
        "folder": str(plan.folder.path),
        "trials": len(plan.trials),
        "done": len(plan.done),
        "todo": len(plan.todo),
        "expected_seconds": expected_seconds(plan),
        **reach,
        "versions": list(version_notes(plan)),
        "missing_data": dict(plan.missing_data),
        "changed": list(plan.changed_keys),
        **({"selection": _selection(plan)} if plan.selection else {}),
        "checks": [check.as_dict() for check in checks_of(plan)],
    }


def _selection(plan: "Plan") -> dict[str, Any]:
    """What it costs to choose the learning rates, for programs."""
    from dataclasses import asdict

    from actbench.experiment.expected_time import recommends_each, selection_costs

    costs = {name: asdict(cost) for name, cost in selection_costs(plan).items()}
    return {"trials": len(plan.selection), **costs, "recommends_each": recommends_each(plan)}
