"""What `actbench activations` shows of a catalogue entry, a formula or a Python function."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from actbench.activations.catalogue import ALIASES, CATALOGUE, canonical_name
from actbench.activations.custom import locate_activation
from actbench.activations.formula import evaluate
from actbench.activations.grammar import FormulaError, parse, text_of
from actbench.activations.info import SMOOTHNESS_MEANING, ActivationInfo, Parameter
from actbench.activations.sampling import SampledFacts, formula_facts, sample_inputs, sampled_facts
from actbench.errors import SpecError
from actbench.reporting.curves import OF_A_ROW, Curve, curve_of, curve_of_formula, points
from actbench.user_code import UserCodeError
from actbench.wording import listed, nearest


@dataclass(frozen=True)
class Profile:
    """Everything that is shown of an activation.

    `facts`: pairs of a head and a text. `remark`: what was fixed to draw the curve, if anything.
    `record`: the facts for programs.
    """

    title: str
    facts: Sequence[tuple[str, str]]
    curve: Curve
    remark: str
    record: dict[str, Any]


def profiles(
    names: Sequence[str], formulas: Sequence[str] = (), customs: Sequence[str] = ()
) -> list[Profile]:
    """The profiles of the named activations, then of the user's formulas and functions; each once.

    Raises:
        SpecError: a name is not in the catalogue, or a formula or function cannot be used.
    """
    shown = [*map(_catalogue_profile, names), *map(_formula_profile, formulas)]
    shown += map(_custom_profile, customs)
    return list({profile.title: profile for profile in shown}.values())


def names_of(info: ActivationInfo) -> str:
    """The name and the aliases, as a table shows them."""
    return listed([info.name, *info.aliases])


def parameters_of(info: ActivationInfo) -> str:
    """The parameters with their defaults and bounds, as a table shows them; empty for none."""
    return listed(map(_parameter, info.parameters))


def _parameter(parameter: Parameter) -> str:
    default = "none" if parameter.default is None else str(parameter.default).lower()
    value = " (required)" if parameter.required else f" = {default}"
    bound = "" if parameter.minimum is None else f" (at least {parameter.minimum:g})"
    return parameter.name + value + bound


def _catalogue_profile(name: str) -> Profile:
    canonical = canonical_name(name)
    if canonical is None:
        near = nearest(name, [*CATALOGUE, *ALIASES]) or f"; they are {listed(CATALOGUE)}"
        raise SpecError(f"expected the name of an activation, got '{name}'{near}")
    info = CATALOGUE[canonical]
    curve = curve_of(info)
    fixed = f"drawn with {curve.remark}" if info.drawn_with else ""
    remark = fixed if info.elementwise else f"drawn: {curve.remark}"
    return Profile(names_of(info), _facts(info), curve, remark, info.as_dict())


def _facts(info: ActivationInfo) -> list[tuple[str, str]]:
    facts = [
        ("formula", info.formula),
        ("derivative", info.derivative),
        ("parameters", parameters_of(info) or "none"),
        ("range", str(info.range)),
        ("monotone", _yes(info.monotone)),
        ("f(0) = 0", _yes(info.zero_centred)),
        ("saturates", {"both": "below and above"}.get(info.saturation, info.saturation)),
        ("smooth", SMOOTHNESS_MEANING[info.smoothness]),
        ("gradient zero", info.zero_gradient),
        ("initialiser", info.initializer),
        ("dropout", info.dropout),
        ("works on", _input(elementwise=info.elementwise)),
        ("learns", "yes, it has weights of its own" if info.learnable else "no"),
        *(("paper", paper) for paper in info.papers.splitlines()),
    ]
    return [*facts, ("note", info.note)] if info.note else facts


def _yes(fact: bool) -> str:
    return "yes" if fact else "no"


def _input(*, elementwise: bool) -> str:
    return "each number" if elementwise else "a whole row"


def _formula_profile(text: str) -> Profile:
    try:
        tree = parse(text)
    except FormulaError as error:
        raise SpecError(f"--formula: {error}") from None
    formula, curve = text_of(tree), curve_of_formula(tree)
    _refuse_without_values(curve, "--formula")
    facts = {"formula": formula, "derivative": "exact, by the chain rule through the formula"}
    record = {"name": formula, "formula": formula}
    value, slope = map(float, evaluate(tree, 0.0))
    return _sampled_profile(facts, record, curve, formula_facts(tree), (value, slope))


def _custom_profile(path: str) -> Profile:
    """The profile of a user's function, which is imported and run."""
    try:
        custom = locate_activation(path)
    except UserCodeError as error:
        raise SpecError(f"--custom: {error}") from None
    from actbench.training.backend import import_keras

    import_keras()  # silently, before the next module imports it
    from actbench.activations.keras_objects import sample_custom

    drawn, inputs = points(), sample_inputs()
    samples = sample_custom(np.concatenate([drawn, inputs, [0.0]]), path, custom.digest)
    parts = [len(drawn), len(drawn) + len(inputs)]
    drawn_values, values, at_0 = np.split(samples.values, parts)
    drawn_slopes, slopes, slope_at_0 = np.split(samples.slopes, parts)
    remark = "" if samples.elementwise else OF_A_ROW
    curve = Curve(path, remark, drawn, drawn_values, drawn_slopes)
    _refuse_without_values(curve, "--custom")
    facts = {
        "function": path,
        "in": str(custom.file),
        "derivative": "by automatic differentiation",
        "works on": _input(elementwise=samples.elementwise),
    }
    record: dict[str, Any] = {"name": path, "custom": path, "digest": custom.digest}
    sampled = sampled_facts(inputs, values, slopes, samples.computed_in)
    record |= {"elementwise": samples.elementwise}
    return _sampled_profile(facts, record, curve, sampled, (float(at_0[0]), float(slope_at_0[0])))


def _refuse_without_values(curve: Curve, option: str) -> None:
    if not np.isfinite(curve.values).any():
        low, high = curve.x[0], curve.x[-1]
        raise SpecError(f"{option}: no finite number for any x from {low:g} to {high:g}")


def _sampled_profile(
    facts: dict[str, str],
    record: dict[str, Any],
    curve: Curve,
    sampled: SampledFacts,
    at_0: tuple[float, float],
) -> Profile:
    """The profile of a function of the user's own, whose range and order are only sampled."""
    low, high = sampled.slopes
    facts |= {
        "range": f"about {sampled.range} (sampled for x from -10000 to 10000)",
        "slope": f"from {low:.4g} to {high:.4g}, as far as sampled",
        "monotone": f"{_yes(sampled.monotone)}, as far as sampled",
        "at 0": "f(0) = {:.4g}, f'(0) = {:.4g}".format(*at_0),
    }
    if sampled.undefined:
        facts["undefined"] = "at some x from {:.4g} to {:.4g}".format(*sampled.undefined)
    record |= asdict(sampled) | {"approximate": True, "at_0": at_0}
    remark = f"drawn: {curve.remark}" if curve.remark else ""
    return Profile(curve.name, list(facts.items()), curve, remark, record)
