"""The objective as a line of text, for the reader of a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastreg._certificate import Certificate

# A row's loss of the families with a link.
LOSSES = {
    "binomial": "log(1 + e^eta) - y eta",
    "multinomial": "log sum_k e^eta_k - eta_y",
    "poisson": "e^eta - y eta",
}


def objective_text(audited: Certificate) -> str:
    """What was audited, with the options that it had."""
    loss = _likelihood(audited) if audited.family in LOSSES else _squares(audited)
    return f"{loss} + {_penalty(audited)}{_where(audited)}"


def _squares(audited: Certificate) -> str:
    y, fit = ("Y", "XB") if audited.family == "mgaussian" else ("y", "Xb")
    offset = " - o" if audited.has_offset else ""
    b0 = " - b0" if audited.fit_intercept else ""
    residual = f"{y}{offset}{b0} - {fit}"
    if audited.weighted:
        rows = f"|({residual})_i|^2" if y == "Y" else f"({residual})_i^2"
        return f"1/2 sum w_i {rows} / sum w_i"
    return f"1/(2n) |{residual}|^2"


def _likelihood(audited: Certificate) -> str:
    loss = LOSSES[audited.family]
    if audited.weighted:
        return f"sum w_i ({loss})_i / sum w_i"
    return f"1/n sum ({loss})"


def _penalty(audited: Certificate) -> str:
    b = "s*b" if audited.standardize else "b"
    lasso, ridge = f"|{b}|_1", f"|{b}|_2^2"
    product = "(s_j b_j)" if audited.standardize else "b_j"
    if audited.has_factors:
        lasso, ridge = f"sum v_j |{product}|", f"sum v_j {product}^2"
    if audited.grouped:
        factor = "v_j " if audited.has_factors else ""
        lasso = f"sum {factor}|{product}|_2"
    if audited.l1_ratio == 1.0:
        return f"alpha {lasso}"
    if audited.l1_ratio == 0.0:
        return f"alpha/2 {ridge}"
    return f"alpha (l1_ratio {lasso} + (1 - l1_ratio)/2 {ridge})"


def _where(audited: Certificate) -> str:
    where = ", s = sd of the columns" if audited.standardize else ""
    where += ", b >= 0" if audited.positive else ""
    where += ", lo <= b <= hi" if audited.has_bounds else ""
    if audited.family not in LOSSES:
        return where
    index, fit = ("", "Xb") if audited.family != "multinomial" else ("_k", "X b_k")
    terms = [f"o{index}"] if audited.has_offset else []
    terms += [f"b0{index}"] if audited.fit_intercept else []
    return f", eta{index} = {' + '.join([*terms, fit])}{where}"
