// Least squares of m targets on the working set, with a row of coefficients for every feature:
//
//     minimise  ‖Y − X_E B‖²_F / (2n) + Σ h_i(‖b_i‖)
//
// The Hessian of the loss is G ⊗ I with G = X_Eᵀ X_E / n, the same for all targets. While the working
// set is small G is kept, and the gradient follows every move without touching the data; beyond that
// the residual is kept instead.
//
// gradient.row(i) is the *negative* gradient of the loss, x_iᵀ R / n.
#pragma once

#include <vector>

#include "fastreg/penalty/group_penalty.hpp"
#include "fastreg/solver/cholesky_factor.hpp"
#include "fastreg/solver/working_set.hpp"

namespace fastreg {

class MultitaskModel {
public:
    // X must outlive the model. Y is standardised already.
    MultitaskModel(const StandardizedDesign& X, Matrix Y);

    const WorkingSet& working_set() const { return working_set_; }
    Index size() const { return working_set_.size(); }
    Index n_targets() const { return Y_.cols(); }
    bool by_gram() const { return by_gram_; }
    const GroupPenalty& h(Index i) const { return penalty[static_cast<std::size_t>(i)]; }
    // ‖x̃_i‖² / n
    double curvature(Index i) const { return curvature_[i]; }
    // ‖Y‖² / n
    double constant() const { return constant_; }

    // New features, none of which is a member yet, with coefficients of 0.
    void add(Features features);
    // The residual of the coefficients, from the data.
    void refresh();
    // As of the last refresh().
    const Matrix& residual() const { return residual_; }
    double exact_square() const { return exact_square_; }
    // The gradient of all members, whose correlations with the residual are rows of this matrix.
    void take_gradient(const Matrix& correlation);

    // A run of positions that a sweep works on together: with the Gram matrix of their own, moves within
    // it touch neither the data nor the other positions. The last block may be shorter.
    static constexpr Index block_size = 32;
    Index n_blocks() const { return (size() + block_size - 1) / block_size; }
    struct Block {
        Index first, count;
        Matrix gradient;  // count × targets
    };
    Block block(Index k) const;
    // Column c of its Gram matrix.
    auto block_gram(const Block& block, Index c) const {
        return by_gram_ ? gram_.col(block.first + c).segment(block.first, block.count)
                        : block_grams_.col(block.first + c).segment(0, block.count);
    }
    // Adds rows of D to the coefficients of the block.
    void move(const Block& block, const Matrix& D);
    // Brings the gradient of all members up to date after moves.
    void update_gradient();
    // ‖R‖² / n after moves
    double residual_square() const;
    // Brings the loss and the gradient to B_A + share · D, from image() of D.
    struct Image {
        Matrix rows;      // X_A D, where the residual is kept
        Matrix products;  // G_EA D
    };
    Image image(Features A, const Matrix& D) const;
    void move(Features A, const Matrix& D, const Image& image, double share);
    // Least squares in the features without a penalty, whatever the others are; but for rounding, which
    // a second time takes away.
    void fit_free();
    // G_AA
    Matrix gram(Features A) const;
    // G_AA D through the data
    Matrix multiply(Features A, const Matrix& D) const;

    // The duality gap of the members and of further groups at zero, whose correlations are the columns
    // of `others` and which have these penalties and mean squares. A feature without a penalty asks for
    // a dual point that is orthogonal to its column: the residual is projected off it.
    struct Others {
        Matrix correlation;  // targets × groups
        std::vector<GroupPenalty> penalty;
        std::vector<double> mean_square;
    };
    double gap(double square, const Others& others) const;

    // By position; the rows from size() on are room to grow.
    Matrix coef, gradient;
    std::vector<GroupPenalty> penalty;

private:
    void reserve(Index size);
    void extend_gram(Index old);
    void extend_block_grams(Index old);
    Features positions(const Block& block) const;
    std::vector<ClassEntry> entries(Features positions) const;
    void add_image(Features A, const Matrix& D, Matrix& out) const;
    void add_image_of_all(Features A, const Matrix& D, Matrix& out) const;
    Matrix correlate(Features positions, const Matrix& R) const;
    Matrix free_step(std::vector<Index>& free, CholeskyFactor& factor) const;
    double project_off(Matrix& correlation) const;

    const StandardizedDesign& X_;
    WorkingSet working_set_;
    Matrix Y_, residual_;
    Matrix gram_, linear_;  // G, and X_Eᵀ Y / n
    Matrix block_grams_;    // of the blocks, side by side, where G isn't kept
    Vector curvature_;
    bool by_gram_ = true;
    double constant_, exact_square_;
    std::vector<Index> all_;  // 0, 1, …, size() − 1
};

}  // namespace fastreg
