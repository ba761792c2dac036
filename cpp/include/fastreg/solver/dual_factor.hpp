// The n × n form of the system of a support that is larger than n (Woodbury's identity): with the
// columns X_A and the L2 terms D > 0 of the support,
//
//     (X_Aᵀ X_A / n + D)⁻¹ = D⁻¹ − D⁻¹ X_Aᵀ K⁻¹ X_A D⁻¹,      K = n I + X_A D⁻¹ X_Aᵀ.
//
// X_A D⁻¹ X_Aᵀ follows the support by rank-k updates: n² operations for every feature that enters or
// leaves, and none for another alpha, which multiplies all of D by the same number. K is factored
// anew for each support, n³ / 3 operations. Where D is tiny the identity loses digits; its caller
// takes it as a preconditioner.
#pragma once

#include <Eigen/Dense>
#include <vector>

#include "fastreg/core/types.hpp"
#include "fastreg/solver/working_model.hpp"

namespace fastreg {

class DualFactor {
public:
    // For the support A, by positions in ascending order, all of which have an L2 term.
    void update(const WorkingModel& model, const std::vector<Index>& A);
    // out = (G_AA + D)⁻¹ v, but for rounding
    void solve(const WorkingModel& model, const std::vector<Index>& A, const Vector& v,
               Vector& out);
    void clear();

private:
    bool follows(const WorkingModel& model, const std::vector<Index>& A);
    void rebuild(const WorkingModel& model, const std::vector<Index>& A);
    void add(const WorkingModel& model, const std::vector<Index>& positions, double sign);

    std::vector<Index> members_;  // ascending
    std::vector<double> weight_;  // 1 / l2 of each position when it entered, times scale_ then
    double scale_ = 1.0;          // l2 now is this many times 1 / weight_
    Matrix outer_;                // Σ weight_i x_i x_iᵀ over the members, lower triangle
    Eigen::LLT<Matrix> factor_;   // of n I + outer_ / scale_
    Index changes_ = 0;           // since outer_ was computed anew
    Matrix block_;                // scratch of add
    std::vector<Index> entering_, leaving_;
    Vector image_, inverse_, scaled_;  // scratch of solve
};

}  // namespace fastreg
