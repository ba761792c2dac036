// The preconditioner of several classes: of the Hessian's blocks diag(μ_k) − μ_k μ_l only those of one
// class with itself, as Cholesky factors that follow the support. Both their curvatures μ_k (1 − μ_k)
// and their L2 terms are lagged: they are those at which a factor, or a row of it, was made, until
// conjugate gradients have lost as much time by that as new factors would take.
#pragma once

#include <vector>

#include "fastreg/solver/cholesky_factor.hpp"
#include "fastreg/solver/multinomial_model.hpp"
#include "fastreg/solver/support_preconditioner.hpp"

namespace fastreg {

class ClassFactor final : public SupportPreconditioner {
public:
    // The model must outlive this.
    explicit ClassFactor(const MultinomialModel& model)
        : classes_(model),
          set_(model.single()),
          position_(static_cast<std::size_t>(model.single().cols()), -1) {}

    bool update(const WorkingModel& model, const std::vector<Index>& A) override;
    void solve(const WorkingModel& model, const std::vector<Index>& A, const Vector& v,
               Vector& out) override;
    void took(const WorkingModel& model, Index iterations) override;

private:
    struct Block {
        std::vector<Index> members;    // positions of the model, in the order of the Gram matrix
        std::vector<Index> columns;    // theirs, positions in set_
        std::vector<double> diagonal;  // their L2 terms when they came
        Matrix gram;                   // the leading members.size() rows and columns are in use
        CholeskyFactor factor;         // of those in the support, by their places
        std::vector<Index> wanted;     // places of the support's
        Vector curvature;              // of the rows
        Vector right;                  // scratch of solve
    };

    // Whether the factors of so large a support are worth their memory.
    bool fits(const WorkingModel& model, const std::vector<Index>& A) const;
    void rebuild(const WorkingModel& model, const std::vector<Index>& A);
    void take_in(const WorkingModel& model, Block& block, const std::vector<Index>& entering);
    std::vector<Index> columns_of(const std::vector<Index>& members);
    void sandwich(const Block& block, MatrixRef out) const;
    void cross(const Block& block, const std::vector<Index>& cols, MatrixRef out) const;
    Vector products_with_ones(const Block& block, const std::vector<Index>& columns) const;
    double curvature_sum(const Block& block) const;
    void follow(Block& block) const;

    const MultinomialModel& classes_;
    WorkingSet set_;               // the features that a block has had
    std::vector<Index> position_;  // feature → position there, −1 if none
    std::vector<Block> blocks_;
    std::vector<Index> place_;  // position → place in its class's block, −1 if none
    bool outdated_ = true;
    double lost_ = 0.0;          // operations spent on iterations beyond the usual ones
    double rebuild_cost_ = 0.0;  // of the last rebuild
    double support_cost_ = 0.0;  // of the columns of the support
};

}  // namespace fastreg
