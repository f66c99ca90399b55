"""The JSON Schema of a spec."""

from typing import Any

from actbench.spec.experiment import Experiment

# What an editor shows beside a key.
DESCRIPTIONS = {
    "name": "The results folder: results/NAME/.",
    "description": "The question, in a sentence.",
    "dataset": "A name (`actbench data list`), a mapping with options, or a list of them.",
    "architecture": "One architecture, or a list: each is a block of its own.",
    "activations": "The candidates: every hidden one is trained with every output one.",
    "optimizer": "A Keras name, or a mapping with its arguments.",
    "loss": "By default what suits the task.",
    "metrics": "Beside the loss; the first one is what arms are compared in.",
    "epochs": "Passes over the training rows.",
    "batch_size": "Rows a step.",
    "seeds": "Replicates: a number, or a list. The same for every arm.",
    "baseline": "The arm that the others are compared with; by default the first.",
    "loss_on": "From what Keras's cross-entropies are computed: the logits, or the real outputs.",
    "expect": "Hypotheses, checked after the run and by `compare`.",
    "hidden": "A hidden activation.",
    "output": "An output activation; by default the usual one of the task.",
    "label": "The name in the tables.",
    "type": "mlp, cnn, embedding or layers.",
    "units": "Units of each dense hidden layer.",
    "dropout": "After each hidden layer: a rate, or {rate: 0.1, kind: alpha}, which SELU needs.",
    "batch_norm": "Batch normalisation before or after the activation.",
    "filters": "Filters of each convolution.",
    "kernel_size": "Side of the convolutions, in pixels.",
    "pool_size": "Side of the max pooling between convolutions, in pixels.",
    "dim": "Numbers a word is embedded in.",
    "layers": "Keras layers by class name, with $hidden and $output for the arm's activations.",
    "better": "The arm that is expected to be better.",
    "worse": "The arm that is expected to be worse.",
    "equivalent": "The arm that is expected to be as good.",
    "than": "The arm it is compared with.",
    "to": "The arm it is compared with.",
    "split": "The rows it is measured on.",
    "metric": "What is measured; by default the first metric. `seconds` is the time of training.",
    "by": "How much better or worse at least, in the metric's unit.",
    "within": "How far apart at most, in the metric's unit.",
}


def spec_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of everything that a spec file may hold.

    It knows every name and type; what needs several keys at once (a batch larger than the data,
    say) is left to `actbench plan`.

    >>> spec_schema()["$schema"]
    'https://json-schema.org/draft/2020-12/schema'
    """
    schema = Experiment.model_json_schema(mode="validation")
    for section in (schema, *schema["$defs"].values()):
        for key, described in section.get("properties", {}).items():
            described["description"] = DESCRIPTIONS[key]
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "actbench experiment spec",
    }
    return head | {key: value for key, value in schema.items() if key != "title"}
