// The preconditioner of several classes with a penalty of groups. Of the Hessian of the loss it takes
// what all classes have alike, G = X̃ᵀ diag(mean curvature) X̃ / (K n) for each of them. With u the
// direction of a group, the penalty's Hessian is `along` in that direction and `across` in all others,
// and products of the two kinds of directions are left out. What remains are two matrices of as many
// rows as there are groups,
//
//     (u_gᵀ u_h) G_gh + along,      G_gh + across,
//
// factored anew for every support and penalty. G is lagged: it is computed for the features that enter,
// and anew when conjugate gradients have lost as much time as that would take.
#pragma once

#include <Eigen/Cholesky>
#include <vector>

#include "fastreg/solver/multinomial_model.hpp"

namespace fastreg {

class GroupFactor {
public:
    // The model must outlive this.
    explicit GroupFactor(const MultinomialModel& model)
        : model_(model), classes_(model.n_classes()), used_(model.single()) {}

    // For groups of the model with their directions, which are 0 where there is none. An infinite
    // `across` holds a group to its direction. False if it isn't worth having.
    bool update(const std::vector<Index>& groups, const Matrix& unit, const Vector& along,
                const Vector& across);
    // out ≈ Hessian⁻¹ v, symmetric and positive definite on what groups are held to
    void solve(const Vector& v, Vector& out) const;
    // How many iterations the last system took with it.
    void took(Index iterations);

private:
    bool fits(const std::vector<Index>& groups) const;
    void renew();
    void take_in(const std::vector<Index>& entering);
    bool factor(const Vector& along, const Vector& across);

    const MultinomialModel& model_;
    Index classes_;
    WorkingSet used_;              // of a single class
    std::vector<Index> position_;  // of a group in used_, −1 if none
    std::vector<Index> place_;     // of a group in gram_, −1 if none
    std::vector<Index> members_;   // positions in used_, by place
    Matrix gram_;                  // the leading members_.size() rows and columns are in use
    Vector curvature_, ones_;      // of the rows, and weighted as the columns are
    Matrix unit_;
    std::vector<Index> support_;  // places
    Eigen::LLT<Matrix> along_, across_;
    Vector held_;  // 0 for groups that are held to their direction, else 1
    bool outdated_ = true;
    double lost_ = 0.0;          // operations spent on iterations beyond the usual ones
    double rebuild_cost_ = 0.0;  // of a new G
    double support_cost_ = 0.0;  // of the columns of the support
};

}  // namespace fastreg
