"""The JSON Schema of a spec."""

from typing import Any

from actbench.spec.experiment import Experiment


def spec_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of everything that a spec file may hold.

    It knows every name and type; what needs several keys at once (a batch larger than the data,
    say) is left to `actbench plan`.

    >>> spec_schema()["$schema"]
    'https://json-schema.org/draft/2020-12/schema'
    """
    schema = Experiment.model_json_schema(mode="validation")
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "actbench experiment spec",
    }
    return head | {key: value for key, value in schema.items() if key != "title"}
