// The matrix Z of a ridge problem as its solvers see it, with one penalty for every column:
//
//     min over B of  ‖Y − Z B‖² / (2n) + alpha/2 ‖B‖²
//
// Columns of X̃ are divided by √v_j, where v are the factors of the penalty. Features without a
// penalty (v_j = 0) are treated like the intercept: they are projected out of the others and of Y,
// and their coefficients follow from those of the others. Features that can't carry a coefficient
// (constant, explained by those without a penalty, or v_j = inf) are left out.
#pragma once

#include <vector>

#include "fastreg/design/standardized.hpp"

namespace fastreg {

class RidgeDesign {
public:
    // X must outlive this. penalty_factor may be empty (ones); its scale counts.
    RidgeDesign(const StandardizedDesign& X, const Vector& penalty_factor);

    Index rows() const { return X_.rows(); }
    Index cols() const { return static_cast<Index>(features_.size()); }
    const StandardizedDesign& standardized() const { return X_; }
    // The features of X that Z's columns are, and what X̃'s columns are multiplied by: 1 / √v.
    Features features() const { return features_; }
    const Vector& shrink() const { return shrink_; }
    // What the raw, centred column of X is multiplied by to be column k of Z.
    double raw_scale(Index k) const {
        return X_.inverse_scale()[features_[static_cast<std::size_t>(k)]] * shrink_[k];
    }
    // Directions without a penalty: of the intercept and of unpenalised features.
    Index n_free() const { return basis_.cols() + (X_.null_row_space().size() ? 1 : 0); }
    // Squares of shrink, for all features of X; 0 for those that Z does not have.
    const Vector& factor() const { return factor_; }
    // Whether there are unpenalised features, which are projected out.
    bool projected() const { return basis_.cols() > 0; }
    // Orthonormal columns that span the unpenalised features, rows × their rank.
    const Matrix& basis() const { return basis_; }
    // Their products with the columns of Z before these were projected.
    const Matrix& basis_product() const { return basis_product_; }
    // The unpenalised features of X, and their minimum-norm coefficients from basisᵀ(Y − X̃B).
    Features unpenalised() const { return unpenalised_; }
    const Matrix& from_basis() const { return from_basis_; }
    // Passes over X made so far.
    Index n_passes() const { return n_passes_; }
    void count_passes(Index passes) const { n_passes_ += passes; }

    // Y ← Y − what unpenalised features explain of it
    void project(MatrixRef Y) const;
    // The same for targets, of which nothing is left where only rounding errors would be.
    void project_targets(MatrixRef Y) const;
    // out = Z B, one pass over X
    void matvec(const ConstMatrixRef& B, MatrixRef out) const;
    // out = Zᵀ R, one pass over X
    void transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const;
    // out = Z Zᵀ A and out = Zᵀ Z B, in one reading of X where that is possible
    void outer_product(const ConstMatrixRef& A, MatrixRef out) const;
    void gram_product(const ConstMatrixRef& B, MatrixRef out) const;
    // A ← A − what lies in directions to which all columns of Z are orthogonal by construction:
    // those of the intercept and of unpenalised features
    void remove_null_space(MatrixRef A) const;
    // ‖z_j‖² / n, before unpenalised features are projected out
    Vector mean_square() const;
    // out = Z[:, first … first + out.cols() − 1]
    void columns(Index first, MatrixRef out) const;
    // Columns that are best gathered together: a few, or all that there is room for where each
    // gather is a pass.
    Index block_columns(Index length) const;

    // Coefficients of X̃ (features of X × targets) from the solution B, given basisᵀY of each.
    void expand(const ConstMatrixRef& B, const ConstMatrixRef& explained, MatrixRef out) const;

private:
    void find_basis(const std::vector<Index>& unpenalised);
    void leave_out_explained();
    bool takes_all() const { return cols() == X_.cols(); }

    const StandardizedDesign& X_;
    std::vector<Index> features_, unpenalised_;
    Vector shrink_;
    Vector factor_;  // 1 / v for every feature of X, 0 for those left out
    Matrix basis_;   // Q
    Matrix from_basis_;
    Matrix basis_product_;        // Qᵀ X̃[:, features] diag(shrink)
    mutable Index n_passes_ = 1;  // the columns' moments
};

}  // namespace fastreg
