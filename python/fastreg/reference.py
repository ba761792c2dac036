"""The specification of fastreg in slow, obvious NumPy.

What every fast kernel must compute is stated here once, in the words of the
documentation, for tests, benchmarks and readers; no kernel uses it. A `Problem`
holds the data and the terms of the objective. With weights w_i that sum to 1
(so the usual 1/n is inside them) it is

    P(b0, b) = 1/2 sum_i w_i r_i^2 + sum_j h_j(b_j),     r = y - o - b0 - X b
    h_j(b)   = l1_j |b| + l2_j / 2 b^2  for lo_j <= b <= hi_j, infinite outside
    l1_j     = alpha l1_ratio v_j s_j,      l2_j = alpha (1 - l1_ratio) v_j s_j^2

where o is the offset, v_j the penalty factor and s_j the scale of column j: its
weighted standard deviation if ``standardize``, else 1. Penalising b_j by s_j |b_j| is
the same as penalising the coefficient of the standardised column, so
coefficients are always those of the raw columns. The Fenchel dual is

    D(theta) = sum_i w_i ((y_i - o_i) theta_i - theta_i^2 / 2) - sum_j h_j*(u_j)
    u_j      = sum_i w_i x_ij theta_i,      sum_i w_i theta_i = 0 (intercept)

and P(b0, b) >= D(theta) for every pair, so P - D bounds the distance of P from
its minimum, whoever computed the coefficients.

The other families have a link: with eta = o + b0 + X b, the mean mu = A'(eta) and
m = y - theta,

    P(b0, b) = sum_i w_i (A(eta_i) - y_i eta_i) + sum_j h_j(b_j)
    D(theta) = -sum_i w_i (A*(m_i) + o_i theta_i) - sum_j h_j*(u_j)

    binomial     A = log(1 + e^eta),        A* = m log m + (1 - m) log(1 - m)
    poisson      A = e^eta,                 A* = m log m - m
    multinomial  A = log sum_k e^eta_k,     A* = sum_k m_k log m_k
    mgaussian    A = |eta|^2 / 2,           A* = |m|^2 / 2

so that P - D is the relative entropy of m and mu and, by feature, h + h* - u b: all of
them >= 0. For multinomial there is an intercept and a row of coefficients for every
class (a symmetric softmax: intercepts have sum 0), and the penalty is summed over the
classes; grouped, |b_j| is the norm of a feature's coefficients over the classes. So it
is, over the targets, for mgaussian: several targets y in R^K, and |y|^2 / 2 is added to
P, which makes it a sum of squares.

Ridge (l1_ratio = 0, no bounds) is a linear map of y. `hat_matrix` is that map to the
fit, its trace the degrees of freedom; from it follow the standard errors given alpha,
generalised cross-validation and what leaving out rows does, each computed here by its
definition: one fit for every row or fold.

Information criteria are -2 log L plus the price of the parameters: of those that are
estimated (`support_df`), or the trace of the hat matrix at the solution (`trace_df`).
A relaxed solution is the mixture of one with the refit of its support, and the factors
of an adaptive penalty are the inverse of first coefficients.

Cross-validation is defined the same way: a path for every fold, of its own rows alone,
and the mean deviance of the rows that it tests. The mean over the folds, its standard
error and the rules that choose by them are a line each.

References
----------
Friedman, Hastie, Tibshirani (2010), Regularization paths for generalized
linear models via coordinate descent, J. Statistical Software 33(1).
Darroch, Ratcliff (1972), Generalized iterative scaling for log-linear models, Ann.
Math. Statist. 43(5) (steps of the intercept).
Fercoq, Gramfort, Salmon (2015), Mind the duality gap: safer rules for the
Lasso, ICML (the dual point: a rescaled residual).
Hoerl, Kennard (1970), Ridge regression, Technometrics 12(1).
Breiman, Friedman, Olshen, Stone (1984), Classification and Regression Trees (the rule
of one standard error).
Golub, Heath, Wahba (1979), Generalized cross-validation as a method for choosing a
good ridge parameter, Technometrics 21(2).
"""

from __future__ import annotations

from fastreg._problem import Floats, Problem
from fastreg._reference_criteria import (
    information_criterion,
    log_likelihood,
    support_df,
    trace_df,
)
from fastreg._reference_cv import (
    deviances,
    fold_scores,
    mean_score,
    one_standard_error,
    within_share,
)
from fastreg._reference_descent import (
    alpha_max,
    coordinate_descent,
    coordinate_descent_path,
)
from fastreg._reference_duality import (
    best_intercept,
    centred_residual,
    deviance_ratio,
    dual,
    dual_gap,
    dual_point,
    kkt_violation,
    null_objective,
    primal,
    relative_gap,
)
from fastreg._reference_penalty import conjugate, penalty
from fastreg._reference_relaxed import adaptive_factor, refit_problem, relaxed
from fastreg._reference_ridge import (
    degrees_of_freedom,
    fold_errors,
    gcv,
    hat_matrix,
    leave_one_out,
    normal_residual,
    residual_variance,
    ridge,
    standard_errors,
)

__all__ = [
    "Floats",
    "Problem",
    "adaptive_factor",
    "alpha_max",
    "best_intercept",
    "centred_residual",
    "conjugate",
    "coordinate_descent",
    "coordinate_descent_path",
    "degrees_of_freedom",
    "deviance_ratio",
    "deviances",
    "dual",
    "dual_gap",
    "dual_point",
    "fold_errors",
    "fold_scores",
    "gcv",
    "hat_matrix",
    "information_criterion",
    "kkt_violation",
    "leave_one_out",
    "log_likelihood",
    "mean_score",
    "normal_residual",
    "null_objective",
    "one_standard_error",
    "penalty",
    "primal",
    "refit_problem",
    "relative_gap",
    "relaxed",
    "residual_variance",
    "ridge",
    "standard_errors",
    "support_df",
    "trace_df",
    "within_share",
]
