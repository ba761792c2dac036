"""Parameters of `fit` for the splitter and the scorer, by scikit-learn's routing."""

from __future__ import annotations

from typing import Any

from sklearn import get_config


def routes() -> bool:
    """Whether scikit-learn routes parameters of `fit` by request."""
    return bool(get_config()["enable_metadata_routing"])


def refuse_params(owner: str, params: dict[str, Any]) -> None:
    """Raise if there are any and nothing routes them."""
    if params and not routes():
        raise ValueError(
            f"{owner}.fit takes {', '.join(params)} only after "
            "sklearn.set_config(enable_metadata_routing=True)"
        )
