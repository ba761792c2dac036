"""``python -m bench parity``: the coefficients of R's glmnet beside fastreg's.

On real data and along whole paths, with columns standardised by each side itself and
as they are. Where coefficients differ, the recomputed gaps and violations of the
optimality conditions say whose are further from the optimum.
"""
