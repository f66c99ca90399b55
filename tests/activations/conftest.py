"""What several tests of activations share."""

# Formulas of activations that the catalogue has by name.
NAME_BY_FORMULA = {
    "max(x, 0)": "relu",
    "clip(x, 0, 6)": "relu6",
    "maximum(x, 0.2 * x)": "leaky_relu",
    "x * sigmoid(x)": "silu",
    "x * tanh(softplus(x))": "mish",
    "x * (1 + erf(x / sqrt(2))) / 2": "gelu",
    "clip(x / 6 + 0.5, 0, 1)": "hard_sigmoid",
    "x * clip(x / 6 + 0.5, 0, 1)": "hard_silu",
    "1 / (1 + exp(-x))": "sigmoid",
    "log(1 + exp(x))": "softplus",
    "x / (1 + abs(x))": "softsign",
    "max(x, 0) + expm1(min(x, 0))": "elu",
    "(x + sqrt(x ** 2 + 4)) / 2": "squareplus",
    "x - tanh(x)": "tanh_shrink",
    "exp(x)": "exponential",
    "min(x, 0) - log1p(exp(-abs(x)))": "log_sigmoid",
}
