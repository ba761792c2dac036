// The matrix that the solvers see: rows weighted, columns centred and scaled,
//
//     X̃ = diag(√w) (X − 1 centerᵀ) diag(1 / scale),     Σ w_i = n.
//
// It is a view: nothing of X is copied or changed, and centring is done after each product, except
// for the few columns where that would cost accuracy. With ỹ = √w (y − ȳ), where ȳ is the weighted
// mean, a weighted problem with an intercept becomes plain least squares without one, and the
// intercept follows from the coefficients.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "fastreg/batch/thread_pool.hpp"
#include "fastreg/design/design.hpp"

namespace fastreg {

struct StandardizeOptions {
    bool fit_intercept = true;  // subtract the weighted mean of each column
    bool standardize = true;    // divide by the weighted standard deviation (ddof = 0)
};

// What a column is divided by. glmnet's convention: the standard deviation about the mean, with or
// without an intercept. A constant column has none: beside an intercept it is excluded (0), without
// one it is an ordinary feature, scaled by its value.
double column_scale(double mean, double variance, const StandardizeOptions& options);

// The weights scaled to sum to their number; none stay none. Zero weights are allowed, all of them zero
// are not.
Vector normalized_weight(const Vector& sample_weight);
// Says that no row has a weight where their total is 0.
void require_weight(double total);

class StandardizedDesign {
public:
    // sample_weight may be empty (ones); otherwise it must sum to the number of rows.
    // With a pool, which must outlive this, its threads share passes and what is made of them.
    // The columns' moments take a pass over X, unless they are known.
    StandardizedDesign(const Design& X, Vector sample_weight, StandardizeOptions options,
                       ThreadPool* pool = nullptr,
                       std::optional<ColumnMoments> moments = std::nullopt);

    ThreadPool* pool() const { return pool_; }

    Index rows() const { return X_.rows(); }
    Index cols() const { return X_.cols(); }
    bool sparse() const { return X_.sparse(); }
    double column_cost(Index j) const { return X_.column_cost(j); }
    double pass_cost() const { return X_.pass_cost(); }
    // The raw column in memory, if X̃'s column is (raw − center) · inverse_scale and can be computed
    // from it without losing digits; else null.
    const double* column_data(Index j) const {
        const bool far = !far_.empty() && far_[static_cast<std::size_t>(j)];
        return weight_.size() || far ? nullptr : X_.column_data(j);
    }
    // The raw column in memory, whatever is done to it, or null; and X itself if it is in memory.
    const double* raw_column(Index j) const { return X_.column_data(j); }
    const DenseView* dense_view() const { return X_.dense_view(); }
    // √w; empty: ones
    const Vector& root_weight() const { return root_weight_; }
    bool sequential() const { return X_.sequential(); }
    double spare_memory() const { return X_.spare_memory(); }
    // How many columns fit into the spare memory of a sequential X, at least `least`.
    Index spare_columns(Index least) const;
    const Vector& center() const { return center_; }
    // 0 for a column that can't carry a coefficient: constant beside an intercept, or all zeros.
    const Vector& scale() const { return scale_; }
    // ‖x̃_j‖² / n
    const Vector& mean_square() const { return mean_square_; }
    bool excluded(Index j) const { return scale_[j] == 0.0; }

    // y ← ỹ: the mean is subtracted if there is an intercept, the rows are weighted. Returns the
    // mean subtracted.
    double standardize_response(VectorRef y) const;

    // out = X̃ᵀ R, one pass over X
    void transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const;
    // out = X̃ B, one pass over X
    void matvec(const ConstMatrixRef& B, MatrixRef out) const;
    // Both, in one reading where X can: out = X̃ diag(factor) X̃ᵀ A, and out = X̃ᵀ X̃ B.
    void outer_product(const ConstMatrixRef& A, const ConstVectorRef& factor, MatrixRef out) const;
    void gram_product(const ConstMatrixRef& B, MatrixRef out) const;
    // Σ_j factor_j x̃_ij² for every row i.
    Vector row_squares(const ConstVectorRef& factor) const;
    // The entries of X, weighted and scaled like X̃ but not centred.
    SparseColumns entries(Features J) const;
    // The same for some columns: out += X̃_J b, and out = X̃_Jᵀ R.
    void add_matvec(Features J, const ConstVectorRef& b, VectorRef out) const;
    void transpose_matvec_columns(Features J, const ConstMatrixRef& R, MatrixRef out) const;
    void columns(Features J, MatrixRef out) const;
    // Both, in one pass where X can: out = X̃ᵀ R, gathered = X̃[:, J]
    void transpose_matvec_and_columns(const ConstMatrixRef& R, Features J, MatrixRef out,
                                      MatrixRef gathered) const;
    void sandwich(Features J, MatrixRef out) const;

    // The unit vector √w / ‖√w‖ to which centred columns are orthogonal; empty without centring.
    const Vector& null_row_space() const { return null_row_space_; }
    // Between the coefficients of X̃ and those of X.
    const Vector& inverse_scale() const { return inverse_scale_; }
    double raw_coefficient(Index j, double b) const { return b * inverse_scale_[j]; }
    double standardized_coefficient(Index j, double raw) const { return raw * scale_[j]; }

private:
    Index first_weighted_row() const;
    // factor / scale², and 0 for the columns that are treated apart
    Vector raw_factor(const ConstVectorRef& factor) const;
    ColumnMoments column_moments() const;
    void transpose_multiply(const ConstMatrixRef& right, MatrixRef out) const;
    void correct_products(const ConstMatrixRef& R, const ConstMatrixRef& right,
                          MatrixRef out) const;
    void correct_columns(Features J, MatrixRef out) const;
    void mark_far(Index j);
    // Calls visit(k, column) for each far column J[k], as a column of X̃.
    template <class Visit>
    void for_each_far(Features J, Visit visit) const;

    const Design& X_;
    ThreadPool* pool_;
    std::vector<std::unique_ptr<Design>> parts_;  // of X, if it can be split
    Index part_columns_ = 0;
    Vector weight_;       // empty: ones
    Vector root_weight_;  // √w, empty: ones
    Vector center_;
    Vector scale_;
    Vector inverse_scale_;  // 0 where excluded
    Vector mean_square_;
    // Whether the mean of a column is so far from zero, against its spread, that subtracting it
    // after a product would lose digits. Empty if there is no such column.
    std::vector<bool> far_;
    std::vector<Index> all_;  // all features, if there is one
    bool fit_intercept_;
    Vector null_row_space_;
};

}  // namespace fastreg
