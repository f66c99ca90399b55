"""The whole script: what it says of itself, the rows, the model, the training, the numbers."""

import os
import re
from pathlib import Path

from actbench.data.user_file import UserFile
from actbench.errors import ResultsError
from actbench.reproduction import OPENING
from actbench.reproduction.data_code import loading_code, preparation_code
from actbench.reproduction.keras_calls import literal
from actbench.reproduction.model_code import ModelCode, model_code
from actbench.reproduction.recorded_trial import RecordedTrial
from actbench.reproduction.split_code import split_code
from actbench.training.prepared_cell import EVALUATION_ROWS
from actbench.training.seeding import seed_on_split
from actbench.user_code import UserCodeError
from actbench.wording import escaped, listed

_SPARSE = "sparse_categorical_crossentropy"
_START = '''\
"""{title}

{opening}, starts from the same weights, visits
the rows in the same order, and prints its numbers beside those that were recorded{versions}.

    python SCRIPT.py [--data FILE]
"""

import argparse
{imports}
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
{libraries}
SEED = {seed}{seed_note}
EPOCHS, BATCH_SIZE = {epochs}, {batch_size}
RECORDED = {{
{recorded}}}

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
parser.add_argument("--data", help="{data_help}")
options = parser.parse_args()


def derive(purpose):
    """A whole number for one purpose of the seed: nothing depends on what was drawn before."""
    digest = hashlib.blake2b(f"{{SEED}}/{{purpose}}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % 2**31

'''
_ROWS = """
# The rows: all of them as they come, the numbers of those in each part, inputs and targets.
{loading}{targets_type}
{split}

{preparation}

def targets(rows):
    return {targets}


x_train, y_train = inputs(train), targets(train)
x_test, y_test = inputs(test), targets(test)
"""
_TRAINING = '''

def batches():
    """The batches of every epoch, each epoch in an order of its own."""
    for epoch in range(EPOCHS):
        keys = np.random.Philox(key=derive(f"order {{epoch}}")).random_raw(len(x_train))
        order = np.argsort(keys, kind="stable")
        for start in range(0, len(order), BATCH_SIZE):
            batch = order[start : start + BATCH_SIZE]
            yield x_train[batch], y_train[batch]


{callback}history = model.fit(
    batches(),
    epochs=EPOCHS,
    steps_per_epoch=math.ceil(len(x_train) / BATCH_SIZE),
    shuffle=False,
{options}    verbose=0,
).history
numbers = {{}}
for name, values in history.items():
    numbers[name if name.startswith("val_") else f"train_{{name}}"] = values[{last}]
tested = model.evaluate(x_test, y_test, batch_size={rows}, return_dict=True, verbose=0)
numbers |= {{f"test_{{name}}": value for name, value in tested.items()}}
{balanced}
'''
_END = """\
print(f"{'':24}{'recorded':>16}{'here':>16}{'difference':>12}")
for name, recorded in RECORDED.items():
    here = numbers[name]
    print(f"{name:24}{recorded:16.9g}{here:16.9g}{here - recorded:12.1e}")
apart = [abs(numbers[name] - value) / (abs(value) or 1) for name, value in RECORDED.items()]
print(f"Largest relative difference: {max(apart):.1e}")
"""
_DIVERGED = """\
# This run diverged: its loss was no longer a finite number, and nothing was tested.
for name, here in numbers.items():
    print(f"{name:24}{here:16.9g}  (recorded: not finite)")
"""
_STOPPING = """\
stopping = keras.callbacks.EarlyStopping(
    monitor="val_loss", restore_best_weights=True, patience={patience}, min_delta={min_delta}
)
"""
_VALIDATION = """\
    validation_data=(inputs(validation), targets(validation)),
    validation_batch_size={rows},
"""
_BALANCED = '''

def balanced_accuracy(rows):
    """The mean share of right answers over the classes that occur, by scikit-learn."""
    outputs = model.predict(inputs(rows), batch_size={rows}, verbose=0)
    right = outputs.argmax(axis=1) if outputs.shape[1] > 1 else outputs[:, 0] > {threshold}
    return balanced_accuracy_score(y[rows], right)


numbers["test_balanced_accuracy"] = balanced_accuracy(test)
'''


def script_of(trial: RecordedTrial, output: Path | None = None) -> str:
    """The text of a Python script that trains as the trial was trained, and compares its numbers.

    It needs Keras, TensorFlow, pandas and scikit-learn alone. `output`: where it will lie, which
    paths of the user's own files are relative to; by default the working directory.

    Raises:
        ResultsError: no plain script can do it; the message says why, and what to do.
        DataError: the user's file is not there or damaged.
        SpecError: the architecture and the arm make no model.
    """
    folder = (output or Path("script.py")).absolute().parent
    model = model_code(trial)
    modules = _own_modules(trial, folder)
    # Keras leaves XLA out where determinism was on before `compile`, so the order matters.
    one_order = _determinism(trial)
    built = model.text + one_order if trial.compiled_by_xla else one_order + "\n" + model.text
    body = _rows(trial, folder) + "\n" + built + _training(trial, model)
    head = _head(trial, body, modules, model)
    return re.sub(r"\n{4,}", "\n\n\n", escaped(head + body))


def _head(trial: RecordedTrial, body: str, modules: str, model: ModelCode) -> str:
    cell, split = trial.cell, trial.split
    on_split = f", split {split.number} of {split.scheme.count}" if split else ""
    title = f"{cell.arm.label} on {cell.dataset.label}, {cell.architecture.name}, seed "
    standard = ("gzip", "hashlib", "math", "os", "sys")
    used = [n for n in standard if f"{n}." in body + modules or n in ("hashlib", "os")]
    imports = "".join(f"import {name}\n" for name in used)
    imports += "from pathlib import Path\n" if "Path(" in body + modules else ""
    libraries = "\nimport keras\nimport numpy as np\n"
    libraries += "import pandas as pd\n" if "pd." in body else ""
    libraries += "import tensorflow as tf\n" if "tf." in body else ""
    if model.balanced:
        libraries += "from sklearn.metrics import balanced_accuracy_score\n"
    own = isinstance(trial.request.info.source, UserFile)
    file = "the user's own file" if own else "a copy of the file that is downloaded otherwise"
    packages = [p for p in trial.versions if p.startswith(("tensorflow ", "keras ", "numpy "))]
    names = [name for name in trial.metrics if name != "train_balanced_accuracy"]
    return _START.format(
        opening=OPENING,
        title=_in_docstring(f"{title}{trial.seed}{on_split}."),
        versions=_in_docstring(f"\n({listed(packages)})" if packages else ""),
        data_help=file,
        imports=imports,
        libraries=libraries + modules,
        seed=_trial_seed(trial),
        seed_note="  # made of the seed and the split" if split else "",
        epochs=cell.epochs,
        batch_size=cell.batch_size,
        recorded="".join(f'    "{name}": {trial.metrics[name]!r},\n' for name in names),
    )


def _trial_seed(trial: RecordedTrial) -> int:
    """The seed that everything is drawn from: that of the trial, on its split."""
    return seed_on_split(trial.seed, trial.split.number if trial.split else None)


def _in_docstring(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', "'")


def _rows(trial: RecordedTrial, folder: Path) -> str:
    data = trial.request.info
    is_sparse = trial.cell.loss == _SPARSE
    form = 'y[rows].reshape(-1, 1).astype("float32")'
    if data.task == "multiclass":
        form = (
            'y[rows].astype("int32")'
            if is_sparse
            else f'np.eye({data.classes}, dtype="float32")[y[rows]]'
        )
    regression = 'y = y.astype("float32")\n' if data.task == "regression" else ""
    return _ROWS.format(
        loading=loading_code(trial, folder),
        targets_type=regression,
        split=split_code(trial.request),
        preparation=preparation_code(trial),
        targets=form,
    )


def _determinism(trial: RecordedTrial) -> str:
    if trial.cell.architecture.repeats_on_processor:
        return ""
    return "tf.config.experimental.enable_op_determinism()  # sums in one order, always\n"


def _training(trial: RecordedTrial, model: ModelCode) -> str:
    cell = trial.cell
    options, callback, last = "", "", "-1"
    has_validation = bool(trial.request.validation_rows)
    if has_validation:
        options = _VALIDATION.format(rows=EVALUATION_ROWS)
    if cell.early_stopping:
        callback = _STOPPING.format(**cell.early_stopping.model_dump())
        options += "    callbacks=[stopping],\n"
        last = "stopping.best_epoch"
    if trial.status == "diverged":
        options += "    callbacks=[keras.callbacks.TerminateOnNaN()],\n"
        options, callback, last = options.replace("    callbacks=[stopping],\n", ""), "", "-1"
    balanced = ""
    if model.balanced:
        balanced = _BALANCED.format(rows=EVALUATION_ROWS, threshold=model.threshold)
        if has_validation:
            balanced += 'numbers["val_balanced_accuracy"] = balanced_accuracy(validation)\n'
    training = _TRAINING.format(
        callback=callback,
        options=options,
        last=last,
        rows=EVALUATION_ROWS,
        balanced=balanced,
    )
    return training + (_DIVERGED if trial.status == "diverged" else _END)


def _own_modules(trial: RecordedTrial, folder: Path) -> str:
    """The lines that import the modules of the user's own functions; empty without any."""
    try:
        functions = trial.cell.user_functions()
    except UserCodeError as error:
        raise ResultsError(str(error)) from None
    lines = ""
    for function in functions:
        if function.folder is not None:
            place = Path(os.path.relpath(function.folder, folder)).as_posix()
            lines += f"sys.path.insert(0, str(Path(__file__).parent / {literal(place)}))\n"
        lines += f"import {function.path.partition(':')[0]}\n"
    return "\n" + "".join(dict.fromkeys(lines.splitlines(keepends=True))) if lines else ""
