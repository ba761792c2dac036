"""Degrees of freedom of penalised fits: the trace of the hat matrix at the solution.

With the rows Z_A of the columns that are estimated, each row times the root of its
weight and of the curvature of the loss at the solution, and D the diagonal of the L2
penalty, the linear predictor answers a small change of y by Z_A (Z_A'Z_A + D)⁻¹ Z_A'.
Columns without a penalty, the intercept among them, count their rank; of the others,
with the singular values σ of what is left of Z_A D^-½ off those, Σ σ² / (1 + σ²).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastreg import _link, _validation
from fastreg._columns import centred
from fastreg._features import check_same_columns
from fastreg._matrix import KernelMatrix

if TYPE_CHECKING:
    from fastreg._result import Path

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

# Singular values of columns of length 1 below this are rounding.
SINGULAR = 1e-10


def effective_df(path: Path, X: Any, sample_weight: Any, offset: Any) -> Floats:
    """Degrees of freedom at every alpha; see `Path.effective_df`."""
    if path.grouped:
        raise ValueError(
            "the degrees of freedom of a penalty of norms are no trace of this kind; "
            "use those by support"
        )
    given, X = X, _validation.check_X(X)
    check_same_columns(X, path.n_features, path.feature_names, "the path")
    if X.shape[0] != path.n_samples:
        raise ValueError(
            f"X has {X.shape[0]} rows but the path was fitted on {path.n_samples}: "
            "degrees of freedom are those of the rows that it was fitted on"
        )
    X.check_finite()
    weight = _validation.check_sample_weight(sample_weight, path.n_samples)
    weight = np.ones(path.n_samples) if weight is None else weight
    eta = None
    if path.family != "gaussian":
        eta = path.decision_function(given, offset=offset)
    rows = _Rows(path, X, weight / weight.sum(), eta)
    if path.intercepts.ndim == 2 and path.family != "multinomial":
        estimated = _estimated(path)  # of targets, which have all the same
        return np.array([rows.trace(k, estimated[0, :, k]) for k in range(rows.k)])
    estimated = _estimated(path)
    return np.array([rows.trace(k, estimated[..., k]) for k in range(rows.k)])


def _estimated(path: Path) -> Booleans:
    """Which coefficients are neither 0 nor held by a bound, of the shape of coefs."""
    coefs = path.coefs
    out = coefs != 0.0
    if path.penalty_factor is not None:
        out |= (path.penalty_factor == 0.0)[:, np.newaxis]
    for bound in (path.lower_bounds, path.upper_bounds):
        if bound is not None:
            out &= coefs != bound[:, np.newaxis]
    out &= (path.scale > 0.0)[:, np.newaxis]
    return np.asarray(out)


class _Rows:
    """The columns that some alpha uses, and what the rows weigh."""

    def __init__(
        self, path: Path, X: KernelMatrix, weight: Floats, eta: Floats | None
    ) -> None:
        self.path, self.weight, self.k = path, weight, len(path.alphas)
        estimated = _estimated(path)
        some = estimated.any(axis=(*range(estimated.ndim - 2), -1))
        self.used = np.flatnonzero(some)
        x = X.take(self.used).dense()
        self.x = centred(x, weight) if path.fit_intercept else x
        self.eta = eta
        if eta is not None:
            return
        # Rows may be rotated: what is left of many are as many as there are columns.
        self.x = np.sqrt(weight)[:, np.newaxis] * self.x
        if self.x.shape[0] > self.x.shape[1]:
            self.x = np.asarray(np.linalg.qr(self.x, mode="r"))

    def trace(self, k: int, estimated: Booleans) -> float:
        """Degrees of freedom of the solution k, by which coefficients are estimated."""
        path = self.path
        factor = path.penalty_factor
        l2 = path.alphas[k] * (1.0 - path.l1_ratio) * path.scale[self.used] ** 2
        l2 = l2 if factor is None else l2 * np.nan_to_num(factor[self.used], posinf=0.0)
        chosen = estimated[..., self.used]
        if self.eta is None:
            found = _trace(self.x[:, chosen], l2[chosen])
            return found + float(path.fit_intercept)
        root = self._root_of_curvature(self.eta[..., k])
        if path.family != "multinomial":
            Z = self._with_intercept(root[:, np.newaxis], self.x[:, chosen])
            return _trace(Z, self._no_penalty_of_intercept(l2[chosen]))
        blocks, penalties = [], []
        for label, mine in enumerate(chosen):
            columns = self._with_intercept(np.ones((len(root), 1)), self.x[:, mine])
            spread = root[:, :, label, np.newaxis] * columns[:, np.newaxis, :]
            blocks.append(spread.reshape(-1, columns.shape[1]))
            penalties.append(self._no_penalty_of_intercept(l2[mine]))
        return _trace(np.hstack(blocks), np.concatenate(penalties))

    def _with_intercept(self, root: Floats, columns: Floats) -> Floats:
        if self.path.fit_intercept:
            columns = np.column_stack([np.ones(len(columns)), columns])
        return np.asarray(root * columns)

    def _no_penalty_of_intercept(self, l2: Floats) -> Floats:
        return np.append(0.0, l2) if self.path.fit_intercept else l2

    def _root_of_curvature(self, eta: Floats) -> Floats:
        """Of weight times curvature, (n,), for classes one for each row (n, K, K)."""
        # The curvature of a row without a weight may be infinite.
        eta = np.where(self.weight.reshape(-1, *[1] * (eta.ndim - 1)) > 0.0, eta, 0.0)
        if self.path.family == "poisson":
            return np.sqrt(self.weight * _link.mean("poisson", eta))
        if self.path.family == "binomial":
            return np.sqrt(self.weight * _link.sigmoid(eta) * _link.sigmoid(-eta))
        m = _link.probabilities("multinomial", eta)
        own = np.sqrt(m)[:, :, np.newaxis] * (np.eye(m.shape[1]) - m[:, np.newaxis])
        return np.asarray(np.sqrt(self.weight)[:, np.newaxis, np.newaxis] * own)


def _trace(Z: Floats, l2: Floats) -> float:
    """Of Z (Z'Z + diag(l2))⁻¹ Z'."""
    free = l2 == 0.0
    length = np.sqrt((Z[:, free] ** 2).sum(axis=0))
    columns = Z[:, free][:, length > 0.0] / length[length > 0.0]
    rank, rest = 0, Z[:, ~free] / np.sqrt(l2[~free])
    if columns.size:
        U, sizes, _ = np.linalg.svd(columns, full_matrices=False)
        rank = int(np.count_nonzero(sizes > SINGULAR * sizes[0]))
        U = U[:, :rank]
        rest = rest - U @ (U.T @ rest)
    if rest.size == 0:
        return float(rank)
    gram = rest.T @ rest if rest.shape[0] >= rest.shape[1] else rest @ rest.T
    squares = np.maximum(np.linalg.eigvalsh(gram), 0.0)
    return float(rank + (squares / (1.0 + squares)).sum())
