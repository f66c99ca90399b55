"""Boston in PyTorch, as its tutorials write it: a loop over batches of one."""

from typing import Any

import torch

ACTIVATIONS = {
    "linear": torch.nn.Identity,
    "relu": torch.nn.ReLU,
    "sigmoid": torch.nn.Sigmoid,
    "tanh": torch.nn.Tanh,
}


def train(rows: Any, output: str, epochs: int, seed: int) -> float:
    """Train one model; its mean squared error on the test rows."""
    torch.manual_seed(seed)
    model = torch.nn.Sequential(
        torch.nn.Linear(13, 64),
        torch.nn.ReLU(),
        torch.nn.Linear(64, 64),
        torch.nn.ReLU(),
        torch.nn.Linear(64, 1),
        ACTIVATIONS[output](),
    )
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
    loss = torch.nn.MSELoss()
    x, y = torch.tensor(rows.train.x), torch.tensor(rows.train.y).float().reshape(-1, 1)
    for _ in range(epochs):
        for i in torch.randperm(len(x)).tolist():
            optimizer.zero_grad()
            loss(model(x[i : i + 1]), y[i : i + 1]).backward()
            optimizer.step()
    with torch.no_grad():
        targets = torch.tensor(rows.test.y).float().reshape(-1, 1)
        return float(loss(model(torch.tensor(rows.test.x)), targets))
