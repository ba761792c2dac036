// The problem on the working set, kept by its residual:
//
//     minimise  ‖y − X_E b‖² / (2n) + Σ h_i(b_i)
//
// No Gram matrix of the working set is needed, only the entries that a factor of the support asks
// for. gradient[i] is the *negative* gradient of the smooth part, the correlation x_iᵀ r / n.
//
// Coefficients may be changed freely; refresh() then brings the residual and the gradient up to
// date. Invariant after it: residual = y − X_E b and gradient = X_Eᵀ residual / n, up to rounding.
#pragma once

#include <vector>

#include "fastreg/penalty/elastic_net.hpp"
#include "fastreg/solver/working_set.hpp"

namespace fastreg {

class ResidualModel {
public:
    // y is standardised already.
    ResidualModel(const StandardizedDesign& X, Vector y);

    const WorkingSet& working_set() const { return working_set_; }
    Index size() const { return working_set_.size(); }
    // New features, none of which is a member yet, with coefficients of 0. Their columns come from
    // the cache as far as it has them.
    void add(Features features, const ColumnCache* cache = nullptr);

    const CoordinatePenalty& h(Index i) const { return penalty[static_cast<std::size_t>(i)]; }
    double curvature(Index i) const { return curvature_[i]; }
    // Operations that a product with column i, or with all of X, takes.
    double column_cost(Index i) const { return X_.column_cost(working_set_.feature(i)); }
    double pass_cost() const { return X_.pass_cost(); }
    const Vector& residual() const { return residual_; }
    // ‖r‖² / n and ‖y‖² / n
    double residual_square() const { return residual_square_; }
    double constant() const { return constant_; }
    // As of the last refresh().
    double objective() const;

    void refresh();
    // Changes one coefficient and the residual, but not the gradient.
    void move(Index i, double step);
    // x_iᵀ r / n, for the residual as it is
    double gradient_now(Index i) const;
    // out = G_RC, the Gram matrix of positions R and C
    void cross(Features rows, Features cols, MatrixRef out) const {
        working_set_.cross(rows, cols, out);
    }
    // out = G_AA d for the positions A
    void multiply(Features A, const Vector& d, VectorRef out);

    // By position; the entries from size() on are room to grow.
    Vector coef;
    Vector gradient;
    std::vector<CoordinatePenalty> penalty;

private:
    void reserve(Index size);
    void recompute_residual();

    const StandardizedDesign& X_;
    Vector y_;
    WorkingSet working_set_;
    Vector curvature_;
    Vector synced_;  // the coefficients that the residual belongs to
    Vector residual_;
    Vector image_;                // scratch of multiply
    std::vector<Index> all_;      // 0, 1, …, size() − 1
    std::vector<Index> changed_;  // scratch of refresh
    Vector steps_;
    bool moved_ = false;  // the residual changed since the gradient was computed
    double residual_square_ = 0.0;
    double constant_ = 0.0;
    double drift_ = 0.0;  // rounding errors that the residual may carry, relative to y's norm
};

}  // namespace fastreg
