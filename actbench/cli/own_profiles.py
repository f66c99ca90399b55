"""Profiles of activations that the catalogue does not hold: a formula, a user's function."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from actbench.cli.profile import Profile
from actbench.errors import SpecError

if TYPE_CHECKING:
    from actbench.activations.sampling import SampledFacts
    from actbench.reporting.curves import Curve

_APPROXIMATE = "sampled for x from -10000 to 10000"


def formula_profile(text: str) -> Profile:
    """The profile of a formula.

    Raises:
        SpecError: the text is no formula, or has no values.
    """
    from actbench.activations.formula import evaluate
    from actbench.activations.grammar import FormulaError, parse, text_of
    from actbench.activations.sampling import formula_facts
    from actbench.reporting.curves import curve_of_formula

    try:
        tree = parse(text)
    except FormulaError as error:
        raise SpecError(f"--formula: {error}") from None
    canonical, curve = text_of(tree), curve_of_formula(tree)
    _refuse_without_values(curve, "--formula")
    value, slope = (float(v) for v in evaluate(tree, 0.0))
    facts = {
        "formula": canonical,
        "derivative": "exact, by the chain rule through the formula",
    }
    plain = {"name": canonical, "formula": canonical}
    return _profile(plain, facts, curve, formula_facts(tree), (value, slope))


def custom_profile(path: str) -> Profile:
    """The profile of a user's function; it is imported and run.

    Raises:
        SpecError: there is no such function, or it does not serve.
    """
    from actbench.activations.custom import CustomError, locate

    try:
        found = locate(path)
    except CustomError as error:
        raise SpecError(f"--custom: {error}") from None
    from actbench.training.backend import import_keras

    import_keras()
    import numpy as np

    from actbench.activations.keras_objects import sample_custom
    from actbench.activations.sampling import sample_inputs, sampled_facts
    from actbench.reporting.curves import OF_A_ROW, Curve, points

    x, many = points(), sample_inputs()
    all_of_them = sample_custom(path, found.digest, np.concatenate([x, many, [0.0]]))
    values, slopes = all_of_them.values, all_of_them.slopes
    remark = "" if all_of_them.elementwise else OF_A_ROW
    curve = Curve(path, remark, x, values[: len(x)], slopes[: len(x)])
    _refuse_without_values(curve, "--custom")
    seen = sampled_facts(many, values[len(x) : -1], slopes[len(x) : -1], all_of_them.computed_in)
    facts = {
        "function": path,
        "in": str(found.file),
        "derivative": "by automatic differentiation",
        "works on": "each number" if all_of_them.elementwise else "a whole row",
    }
    plain = {"name": path, "custom": path, "digest": found.digest}
    plain_more = plain | {"elementwise": all_of_them.elementwise}
    return _profile(plain_more, facts, curve, seen, (float(values[-1]), float(slopes[-1])))


def _refuse_without_values(curve: "Curve", option: str) -> None:
    from numpy import isfinite

    if not isfinite(curve.values).any():
        low, high = curve.x[0], curve.x[-1]
        raise SpecError(f"{option}: no finite number for any x from {low:g} to {high:g}")


def _profile(
    plain: dict[str, Any],
    facts: dict[str, str],
    curve: "Curve",
    seen: "SampledFacts",
    at_zero: tuple[float, float],
) -> Profile:
    low, high = seen.slopes
    shown = {
        **facts,
        "range": f"about {seen.range} ({_APPROXIMATE})",
        "slope": f"from {low:.4g} to {high:.4g}, as far as sampled",
        "monotone": ("yes" if seen.monotone else "no") + ", as far as sampled",
        "at 0": "f(0) = {:.4g}, f'(0) = {:.4g}".format(*at_zero),
    }
    if seen.undefined:
        shown["undefined"] = "at some x from {:.4g} to {:.4g}".format(*seen.undefined)
    told = asdict(seen) | {"approximate": True, "at_0": at_zero}
    remark = f"drawn: {curve.remark}" if curve.remark else ""
    return Profile(curve.name, tuple(shown.items()), curve, remark, plain | told)
