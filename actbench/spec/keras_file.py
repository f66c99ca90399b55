"""A `.keras` file, read without Keras: its configuration, its activations, what is kept of it.

Such a file is a zip archive with the configuration as JSON and the weights as HDF5. Nothing of it
is run: a class that is not Keras's own is refused by its name.
"""

import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any

from actbench.activations.catalogue import canonical_name
from actbench.spec.activation import Activation
from actbench.spec.yaml_document import KeyPath
from actbench.wording import listed, nearest_file

Node = Mapping[str, Any]  # a serialized Keras object: its class, module and configuration

MODELS = ("Functional", "Sequential", "Model")
_MEMBERS = ("config.json", "metadata.json", "model.weights.h5")
_LARGEST_CONFIG = 50_000_000  # bytes

# Classes that run code or read files of their own.
_CODE = ("Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper")
# Their weights are learned from rows before training, and are kept though nothing is frozen.
ADAPTED = ("Normalization",)
_SCALING = (*ADAPTED, "Rescaling")

# The layers that are an activation, and which of their settings are its parameters.
_ACTIVATION_LAYERS = {
    "ReLU": ("negative_slope", "max_value", "threshold"),
    "LeakyReLU": ("negative_slope",),
    "ELU": ("alpha",),
    "Softmax": ("axis",),
    "PReLU": (),
    "Activation": (),
}
_OF_THE_FILE = ("compile_config", "shared_object_id", "build_config")  # not of what is computed


class KerasFileError(ValueError):
    """There is no such file, or no model of Keras's own layers in it."""


@dataclass(frozen=True)
class Place:
    """One activation of a saved model.

    `layer` is the layer's name, after those of the models around it. `form` is how it stands there:
    as the argument `activation`, as a layer, or as an operation such as `keras.ops.relu`. `node`
    leads to the layer in the configuration; `inside` says whether the layer is part of another one,
    such as a wrapper. `activation` is None where a spec has no name for it.
    """

    layer: str
    kind: str
    form: str
    node: KeyPath
    activation: Activation | None
    inside: bool = False

    @property
    def shown(self) -> str:
        """The layer and its class, for people."""
        return f"{self.layer} ({self.kind})"


@dataclass(frozen=True)
class KerasFile:
    """What a `.keras` file holds: a model of Keras's own layers."""

    path: Path
    config: dict[str, Any] = field(repr=False)
    weights: bytes = field(repr=False)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every activation of the model, in the order of its layers."""
        return tuple(_places(self.config, (), (), inside=False))

    @cached_property
    def kept(self) -> tuple[str, ...]:
        """The layers whose weights are kept: frozen ones, and those adapted to rows."""
        return tuple(_kept(self.config, (), frozen=False))

    @cached_property
    def scaling(self) -> tuple[str, ...]:
        """The layers that scale inputs."""
        return tuple(name for name, node in _layers(self.config, ()) if _kind(node) in _SCALING)

    @cached_property
    def digest(self) -> str:
        """Sixteen hexadecimal digits of the configuration and of the weights that are kept."""
        state = sha256(json.dumps(_plain(self.config), sort_keys=True).encode())
        if self.kept:
            names = {name.rpartition("/")[2] for name in self.kept}
            for name, array in _weights(self.weights, names, self.path):
                state.update(f"{name} {array.dtype.str} {array.shape}".encode())
                state.update(array.tobytes())
        return state.hexdigest()[:16]

    @property
    def input_shapes(self) -> list[tuple[int | None, ...]]:
        """The shape of a row of each input."""
        nodes = [node for node in self.config["config"]["layers"] if _kind(node) == "InputLayer"]
        return [tuple(node["config"]["batch_shape"][1:]) for node in nodes]

    @property
    def outputs(self) -> int:
        """How many outputs the model has."""
        is_sequential = _kind(self.config) == "Sequential"
        return 1 if is_sequential else len(_output_names(self.config["config"]))

    @cached_property
    def last(self) -> tuple[Node, Place | None]:
        """The layer that the model ends with, and its activation if it has one."""
        node, path = _last(self.config, ())
        return node, next((p for p in self.places if p.node == path and not p.inside), None)


def read_keras_file(path: Path) -> KerasFile:
    """Read a model that Keras saved, and refuse what is not made of Keras's own classes.

    Raises:
        KerasFileError: there is no such file, it is damaged, of a later Keras, or holds code.
    """
    if path.is_dir() or not path.exists():
        near = nearest_file(path)
        raise KerasFileError(f"there is no file {path}{near}; put it there, or change `file`")
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if missing := [part for part in _MEMBERS if part not in names]:
                raise KerasFileError(
                    f"{path.name} is no model that Keras saved: it lacks {listed(missing)}; "
                    "save one by `model.save('model.keras')`"
                )
            if archive.getinfo("config.json").file_size > _LARGEST_CONFIG:
                raise KerasFileError(f"{path.name}: its configuration is too large to be a model's")
            config, metadata = (json.loads(archive.read(part)) for part in _MEMBERS[:2])
            weights = archive.read(_MEMBERS[2])
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, RecursionError) as error:
        if isinstance(error, KerasFileError):
            raise
        raise KerasFileError(
            f"{path.name} is no .keras file, or is cut off ({error}); save the model again by "
            "`model.save('model.keras')`"
        ) from None
    _refuse_later_keras(path, metadata)
    if not isinstance(config, dict) or config.get("class_name") not in MODELS:
        kind = config.get("class_name") if isinstance(config, dict) else type(config).__name__
        raise KerasFileError(
            f"{path.name} holds a {kind!s:.60}; expected a functional or sequential model of "
            "Keras's own layers (a model of a class of your own goes with `type: builder`)"
        )
    if problems := list(dict.fromkeys(_foreign(config, path.stem))):
        raise KerasFileError(f"{path.name}: " + "; ".join(problems))
    try:
        file = KerasFile(path, config, weights)
        _ = file.places, file.kept, file.digest, file.last, file.input_shapes
    except KerasFileError:
        raise
    except (KeyError, TypeError, IndexError, AttributeError, ValueError, RecursionError) as error:
        words = f"its configuration is not as Keras {version('keras')} writes it"
        raise KerasFileError(f"{path.name}: {words} ({type(error).__name__}: {error})") from None
    return file


def _refuse_later_keras(path: Path, metadata: Any) -> None:
    installed = version("keras")
    saved_by = str(metadata.get("keras_version", "")) if isinstance(metadata, dict) else ""
    if _numbers(saved_by)[:1] > _numbers(installed)[:1]:
        raise KerasFileError(
            f"{path.name} was saved by Keras {saved_by:.20}, and {installed} is installed, which "
            "cannot read it; install that Keras, or save the model by this one"
        )


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _foreign(node: Any, name: str) -> Iterator[str]:
    """What stands in the configuration that is not Keras's own, or that runs code."""
    if isinstance(node, list):
        for part in node:
            yield from _foreign(part, name)
    if not isinstance(node, dict):
        return
    config = node.get("config")
    if isinstance(config, dict) and isinstance(config.get("name"), str):
        name = config["name"]
    kind, module = str(node.get("class_name", "")), str(node.get("module") or "keras")
    remedy = "use `type: builder`, a function that builds the model"
    if kind in (*_CODE, "__lambda__"):
        yield (
            f"the layer '{name:.60}' is a {kind.strip('_')}: it runs code from the file, which "
            f"actbench does not; {remedy}"
        )
    elif "class_name" in node and "module" in node and not _is_of_keras(node, kind, module):
        yield f"the layer '{name:.60}' is of {module:.60}.{kind:.60}, no class of Keras's; {remedy}"
    for key, value in node.items():
        if key != "compile_config":
            yield from _foreign(value, name)


def _is_of_keras(node: Node, kind: str, module: str) -> bool:
    own = node.get("registered_name") in (None, kind)
    is_class = kind.isidentifier() and (kind[0].isupper() or kind.startswith("__"))
    return own and is_class and (module == "keras" or module.startswith("keras."))


def _kind(node: Node) -> str:
    return str(node["class_name"])


def _name(node: Node) -> str:
    return str(node.get("name") or node["config"]["name"])


def _layers(model: Node, names: Sequence[str]) -> Iterator[tuple[str, Node]]:
    """The layers of a model and of the models in it, by their names."""
    for node in model["config"]["layers"]:
        path = (*names, _name(node))
        if _kind(node) in MODELS:
            yield from _layers(node, path)
        else:
            yield "/".join(path), node


def _places(node: Node, path: KeyPath, names: tuple[str, ...], *, inside: bool) -> Iterator[Place]:
    kind, config = _kind(node), node["config"]
    if kind in MODELS:
        for i, child in enumerate(config["layers"]):
            step = (*path, "config", "layers", i)
            yield from _places(child, step, (*names, _name(child)), inside=inside)
        return
    name = "/".join(names)
    is_operation = str(node.get("module")).startswith("keras.src.ops")
    if is_operation and canonical_name(kind):
        parameters = {k: v for k, v in config.items() if k != "name"}
        yield Place(name, kind, "operation", path, _named(kind.lower(), parameters), inside)
    elif kind in _ACTIVATION_LAYERS:
        yield Place(name, kind, "layer", path, _of_layer(node), inside)
    elif not is_operation:
        if "activation" in config:
            yield Place(name, kind, "argument", path, _of_argument(config["activation"]), inside)
        for key, part in _parts(config):
            if key != "activation":
                yield from _places(part, (*path, "config", key), (*names, key), inside=True)


def _named(name: str, parameters: Mapping[str, Any]) -> Activation | None:
    return Activation.or_none({"name": str(canonical_name(name)), **parameters})


def _of_argument(value: Any) -> Activation | None:
    """The activation that stands as an argument: a name, or a layer."""
    if value is None or isinstance(value, str):
        return Activation.or_none(value)
    return _of_layer(value) if value.get("class_name") in _ACTIVATION_LAYERS else None


def _of_layer(node: Node) -> Activation | None:
    kind, config = _kind(node), node["config"]
    if kind == "Activation":
        return _of_argument(config["activation"])
    if kind == "PReLU":
        starts_at_0 = config["alpha_initializer"]["class_name"] == "Zeros"
        plain = not (config["alpha_regularizer"] or config["alpha_constraint"])
        return _named("prelu", {}) if starts_at_0 and plain else None
    return _named(kind, {key: config[key] for key in _ACTIVATION_LAYERS[kind] if key in config})


def _kept(node: Node, names: tuple[str, ...], *, frozen: bool) -> Iterator[str]:
    config = node["config"]
    if not isinstance(config, dict):
        return
    frozen = frozen or config.get("trainable") is False
    if _kind(node) in MODELS:
        for child in config["layers"]:
            yield from _kept(child, (*names, _name(child)), frozen=frozen)
        return
    inside = any(list(_kept(part, names, frozen=False)) for _, part in _parts(config))
    if frozen or inside or _kind(node) in ADAPTED:
        yield "/".join(names)


def _parts(config: Node) -> Iterator[tuple[str, Node]]:
    """The objects in the configuration of a layer, such as the layer that a wrapper wraps."""
    for key, value in config.items():
        if isinstance(value, dict) and isinstance(value.get("config"), dict):
            yield key, value


def _last(node: Node, path: KeyPath) -> tuple[Node, KeyPath]:
    config = node["config"]
    if _kind(node) == "Sequential":
        index = len(config["layers"]) - 1
    elif _kind(node) in MODELS:
        (name, *_) = _output_names(config)
        index = [_name(child) for child in config["layers"]].index(name)
    else:
        return node, path
    return _last(config["layers"][index], (*path, "config", "layers", index))


def _output_names(config: Node) -> list[str]:
    """The names of the layers that the outputs of a functional model come from."""
    outputs = config["output_layers"]
    single = len(outputs) == 3 and isinstance(outputs[0], str)
    return [str(entry[0]) for entry in ([outputs] if single else outputs)]


def _plain(value: Any) -> Any:
    """The configuration without what differs between two savings of one model."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k not in _OF_THE_FILE}
    return [_plain(part) for part in value] if isinstance(value, list) else value


def _weights(content: bytes, names: set[str], path: Path) -> Iterator[tuple[str, Any]]:
    """The arrays of the layers of these names, in a fixed order."""
    import h5py

    try:
        with h5py.File(BytesIO(content)) as held:
            arrays: dict[str, Any] = {}
            folders: list[str] = []  # of the layers of these names

            def visit(name: str, item: Any) -> None:
                if item.attrs.get("name") in names:  # stands at the group `vars` of a layer
                    folders.append(name.rpartition("/")[0] + "/")
                if isinstance(item, h5py.Dataset) and not name.startswith("optimizer"):
                    arrays[name] = item[()]

            held.visititems(visit)
    except (OSError, KeyError, RuntimeError) as error:
        words = f"{path.name}: its weights cannot be read ({error}); save the model again"
        raise KerasFileError(words) from None
    # An older Keras notes no names: then every weight counts as kept.
    chosen = [name for name in arrays if not folders or name.startswith(tuple(folders))]
    yield from ((name, arrays[name]) for name in sorted(chosen))
