"""Models of many problems as a data frame."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from fastreg._many_result import ManyFit

LIBRARIES = ("pandas", "polars")


def frame_library(*data: Any) -> str | None:
    """The library of the first of these that is a data frame of one that is known."""
    for one in data:
        library = type(one).__module__.split(".")[0]
        if library in LIBRARIES:
            return library
    return None


def to_frame(fit: ManyFit, form: Any, library: Any) -> Any:
    """See `ManyFit.to_frame`."""
    if form not in ("long", "wide"):
        raise ValueError(f"form must be 'long' or 'wide', got {form!r}")
    frames = _load(fit.library if library is None else library)
    columns = _long(fit) if form == "long" else _wide(fit)
    if frames.__name__ == "polars":
        return frames.DataFrame(
            {name: _listed(values) for name, values in columns.items()}, strict=False
        )
    frame = frames.DataFrame(columns)
    if form == "long" and fit.feature_names is None:
        frame["feature"] = frame["feature"].astype("Int64")
    return frame


def _load(library: Any) -> Any:
    if library is not None and library not in LIBRARIES:
        raise ValueError(f"library must be 'pandas' or 'polars', got {library!r}")
    wanted = LIBRARIES if library is None else (library,)
    found = next((one for one in map(_imported, wanted) if one is not None), None)
    if found is not None:
        return found
    raise ImportError(
        f"to_frame makes a data frame of {' or '.join(wanted)}, which is not installed"
    )


def _imported(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


def _listed(values: NDArray[Any]) -> Any:
    return values.tolist() if values.dtype == object else values


def _models(fit: ManyFit) -> dict[str, NDArray[Any]]:
    """A row for each problem, and each of its alphas."""
    k = fit.alphas.shape[1] if fit.alphas.ndim == 2 else 1
    rows = {
        "key": np.repeat(fit.keys, k),
        "alpha": fit.alphas.ravel(),
        "status": np.repeat(np.array(fit.status, dtype=object), k),
        "intercept": fit.intercepts.ravel(),
    }
    if fit.scores is not None and fit.std_errors is not None:
        rows |= {"score": fit.scores, "std_error": fit.std_errors}
    return rows


def _by_model(fit: ManyFit) -> Any:
    """Coefficients, a csr_array with a row for each of these rows."""
    from scipy import sparse

    if fit.alphas.ndim == 1:
        return fit.coefs_at(0)
    m, k = fit.alphas.shape
    stacked = sparse.vstack(fit.coefs, format="csr")
    return stacked[np.arange(m * k).reshape(k, m).T.ravel()]


def _long(fit: ManyFit) -> dict[str, NDArray[Any]]:
    """A row for each coefficient that is not zero, or one without a feature."""
    coefs = _by_model(fit)
    coefs.sum_duplicates()
    counts = np.diff(coefs.indptr)
    lengths = np.maximum(counts, 1)
    models = _models(fit)
    columns = {name: np.repeat(values, lengths) for name, values in models.items()}
    total = int(lengths.sum())
    ends = np.cumsum(lengths)
    used = np.ones(total, dtype=bool)
    used[(ends - lengths)[counts == 0]] = False
    feature = np.full(total, None, dtype=object)
    names = fit.feature_names
    feature[used] = (
        coefs.indices if names is None else np.array(names, dtype=object)[coefs.indices]
    )
    coef = np.full(total, np.nan)
    coef[used] = coefs.data
    return {**columns, "feature": feature, "coef": coef}


def _wide(fit: ManyFit) -> dict[str, NDArray[Any]]:
    """A row for each model, a column for each feature."""
    models = _models(fit)
    names = fit.feature_names or tuple(str(j) for j in range(fit.n_features))
    for name in names:
        if name in models:
            raise ValueError(
                f"a feature is called {name!r}, as another column of the wide form is: "
                "use form='long'"
            )
    dense = _by_model(fit).toarray()
    return {**models, **{name: dense[:, j] for j, name in enumerate(names)}}
