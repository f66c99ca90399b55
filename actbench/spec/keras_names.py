"""The names from Keras that a spec can use: optimizers, losses, metrics, initialisers, layers.

Plain facts, so that a spec is checked without importing Keras; a test holds them against the
installed Keras. `balanced_accuracy` alone is no metric of Keras's.
"""

from actbench.spec.trial_metrics import TRIAL_METRICS

# By task; the first one is the default.
LOSSES: dict[str, tuple[str, ...]] = {
    task: tuple(names.split())
    for task, names in {
        "regression": "mse mae mape msle huber log_cosh poisson",
        "binary": "binary_crossentropy binary_focal_crossentropy hinge squared_hinge mse mae",
        "multiclass": "sparse_categorical_crossentropy categorical_crossentropy "
        "categorical_focal_crossentropy kl_divergence categorical_hinge mse mae",
    }.items()
}
METRICS: dict[str, tuple[str, ...]] = {
    "regression": ("mae", "mse", "rmse", "mape", "r2"),
    "binary": ("accuracy", "balanced_accuracy", "auc", "precision", "recall", "mae", "mse"),
    "multiclass": ("accuracy", "balanced_accuracy", "top_5_accuracy", "mae", "mse"),
}
_HIGHER_IS_BETTER = frozenset(
    "accuracy balanced_accuracy top_5_accuracy auc precision recall r2".split()
)
_MEASURES = frozenset({"loss", *TRIAL_METRICS}.union(*LOSSES.values(), *METRICS.values()))

LONG_NAMES = {
    "mean_squared_error": "mse",
    "mean_absolute_error": "mae",
    "mean_absolute_percentage_error": "mape",
    "mean_squared_logarithmic_error": "msle",
    "root_mean_squared_error": "rmse",
    "r2_score": "r2",
    "acc": "accuracy",
}

DEFAULT_OUTPUT = {"regression": "linear", "binary": "sigmoid", "multiclass": "softmax"}

_EVERY_OPTIMIZER = (
    "learning_rate weight_decay clipnorm clipvalue global_clipnorm use_ema ema_momentum"
)
_OWN_ARGUMENTS = {
    "adadelta": "rho epsilon",
    "adafactor": "beta_2_decay epsilon_1 epsilon_2 clip_threshold relative_step",
    "adagrad": "initial_accumulator_value epsilon",
    "adam": "beta_1 beta_2 epsilon amsgrad",
    "adamax": "beta_1 beta_2 epsilon",
    "adamw": "beta_1 beta_2 epsilon amsgrad",
    "ftrl": "learning_rate_power initial_accumulator_value l1_regularization_strength "
    "l2_regularization_strength l2_shrinkage_regularization_strength beta",
    "lamb": "beta_1 beta_2 epsilon",
    "lion": "beta_1 beta_2",
    "nadam": "beta_1 beta_2 epsilon",
    "rmsprop": "rho momentum epsilon centered",
    "sgd": "momentum nesterov",
}
OPTIMIZER_ARGUMENTS = {
    name: tuple(f"{_EVERY_OPTIMIZER} {own}".split()) for name, own in _OWN_ARGUMENTS.items()
}
LEARNING_RATES = dict.fromkeys(_OWN_ARGUMENTS, 0.001) | {"sgd": 0.01}

INITIALIZERS = tuple(
    """
    glorot_normal glorot_uniform he_normal he_uniform lecun_normal lecun_uniform ones orthogonal
    random_normal random_uniform truncated_normal variance_scaling zeros
    """.split()
)

# Layers with one input and one output that run no code of the user's and read no file.
LAYERS = frozenset(
    """
    Activation ActivityRegularization AdaptiveAveragePooling1D AdaptiveAveragePooling2D
    AdaptiveMaxPooling1D AdaptiveMaxPooling2D AlphaDropout AveragePooling1D AveragePooling2D
    AveragePooling3D BatchNormalization Bidirectional Conv1D Conv1DTranspose Conv2D
    Conv2DTranspose Conv3D Conv3DTranspose ConvLSTM1D ConvLSTM2D Cropping1D Cropping2D Cropping3D
    Dense DepthwiseConv1D DepthwiseConv2D Dropout ELU EinsumDense Embedding Flatten GRU
    GaussianDropout GaussianNoise GlobalAveragePooling1D GlobalAveragePooling2D
    GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D
    GroupNormalization Identity LSTM LayerNormalization LeakyReLU Masking MaxPooling1D
    MaxPooling2D MaxPooling3D PReLU Permute RMSNormalization ReLU RepeatVector Rescaling Reshape
    SeparableConv1D SeparableConv2D SimpleRNN Softmax SpatialDropout1D SpatialDropout2D
    SpatialDropout3D TimeDistributed UnitNormalization UpSampling1D UpSampling2D UpSampling3D
    ZeroPadding1D ZeroPadding2D ZeroPadding3D
    """.split()
)

# Layers of Keras's that a list of layers cannot hold, and why.
_JOINING = "it joins several tensors, and a list of layers has nowhere to branch"
OTHER_LAYERS = {
    name: reason
    for reason, names in {
        _JOINING: "Add AdditiveAttention Attention Average Concatenate Dot GroupQueryAttention "
        "Maximum Minimum MultiHeadAttention Multiply Subtract",
        "it runs code, which a spec does not hold": "FlaxLayer JaxLayer Lambda TFSMLayer "
        "TorchModuleWrapper",
        "it needs to see rows before training": "Discretization IntegerLookup Normalization "
        "StringLookup TextVectorization",
        "it needs a cell or a layer made in Python": "GRUCell LSTMCell RNN SimpleRNNCell "
        "SpectralNormalization StackedRNNCells Wrapper",
    }.items()
    for name in names.split()
}


def higher_is_better(metric: str) -> bool | None:
    """Whether more of a metric is better; None for a name that is none of these.

    >>> higher_is_better("accuracy"), higher_is_better("loss"), higher_is_better("f1")
    (True, False, None)
    """
    return metric in _HIGHER_IS_BETTER if metric in _MEASURES else None
