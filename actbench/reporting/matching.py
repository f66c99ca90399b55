"""Which arms a reference means: by label, or by any name of the activation behind the label."""

from collections.abc import Mapping, Sequence

from actbench.spec.activation import Activation
from actbench.spec.expectation import ArmReference

Behind = Mapping[str, Mapping[str, Activation]]


def matching(
    named: Mapping[str, str], axes: Sequence[str], arms: Sequence[Sequence[str]], behind: Behind
) -> list[int]:
    """The positions of the arms that `named` fits: one word for each axis it speaks of.

    `arms` hold a label for each of `axes`. A label itself comes before other names for it.
    """
    words = [named.get(axis) for axis in axes]
    exact = [i for i, arm in enumerate(arms) if _same(words, arm)]
    return exact or [i for i, arm in enumerate(arms) if _means(words, axes, arm, behind)]


def _same(words: Sequence[str | None], arm: Sequence[str]) -> bool:
    return all(word is None or word == label for word, label in zip(words, arm, strict=True))


def _means(
    words: Sequence[str | None], axes: Sequence[str], arm: Sequence[str], behind: Behind
) -> bool:
    return all(
        word is None or word == label or _is_name(word, axis, label, behind)
        for word, axis, label in zip(words, axes, arm, strict=True)
    )


def _is_name(word: str, axis: str, label: str, behind: Behind) -> bool:
    if axis not in ("hidden", "output"):
        return False
    activation = behind.get(axis, {}).get(label) or Activation.or_none(label)
    return activation is not None and ArmReference(hidden=word).matches(activation, activation)
