"""A Lasso path from data to picture: which features predict diabetes progression?

Run it with ``python examples/diabetes_path.py``; it needs matplotlib and writes
``diabetes-path.png`` into the working directory.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

import fastreg
from fastreg.datasets import load_diabetes

mpl.use("Agg")  # a script that writes a file needs no window


def main() -> None:
    data = load_diabetes()
    path = fastreg.path(data.X, data.y)
    print(path)

    # The strongest penalty that still explains 95 % of what least squares explains.
    enough = 0.95 * path.deviance_ratio[-1]
    k = int((path.deviance_ratio >= enough).argmax())
    alpha = path.alphas[k]
    print(f"\n{path.n_nonzero[k]} features are enough, at alpha {alpha:.3g}:")
    for name, coef in zip(data.feature_names, path.coefs[:, k], strict=True):
        if coef != 0.0:
            print(f"  {name:4} {coef:8.3f}   {data.labels[name]}")

    # Anybody can check that these coefficients are optimal, whoever computed them.
    print()
    print(
        fastreg.certify(
            data.X, data.y, path.coefs[:, k], path.intercepts[k], alpha=alpha
        )
    )

    ax = path.plot(names=data.feature_names, scale=data.X.std(axis=0))
    ax.axvline(alpha, color="0.6", linestyle=":")
    ax.figure.savefig("diabetes-path.png", dpi=150)
    print(f"\npicture: {Path('diabetes-path.png').resolve()}")


if __name__ == "__main__":
    main()
