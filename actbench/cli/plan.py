"""`actbench plan`: what would be trained, what is done already, what to watch out for."""

from actbench.cli.options import (
    RESULTS,
    AsJson,
    DataDir,
    Epochs,
    Out,
    Overrides,
    Seeds,
    Specs,
    Strict,
)


def plan(
    specs: Specs,
    seeds: Seeds = None,
    epochs: Epochs = None,
    overrides: Overrides = None,
    out: Out = RESULTS,
    data_dir: DataDir = None,
    strict: Strict = False,
    as_json: AsJson = False,
) -> None:
    """Say what a run would train, what is done already, and how long it would take."""
    from actbench.cli.planned import print_plans
    from actbench.cli.specs import load_all
    from actbench.experiment.checks import refuse_warnings
    from actbench.experiment.plan import make_plan

    plans = [make_plan(e, out, data_dir) for e in load_all(specs, overrides, seeds, epochs)]
    print_plans(plans, as_json=as_json)
    if strict:
        refuse_warnings(plans)
