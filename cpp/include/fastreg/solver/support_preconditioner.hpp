// An approximate inverse of the Hessian of a support, for conjugate gradients.
#pragma once

#include <vector>

#include "fastreg/solver/working_model.hpp"

namespace fastreg {

class SupportPreconditioner {
public:
    virtual ~SupportPreconditioner() = default;

    // For the support A, by positions in ascending order. False if it isn't worth having for this one.
    virtual bool update(const WorkingModel& model, const std::vector<Index>& A) = 0;
    // out ≈ (H_AA + D)⁻¹ v, symmetric and positive definite
    virtual void solve(const WorkingModel& model, const std::vector<Index>& A, const Vector& v,
                       Vector& out) = 0;
    // How many iterations the last system took with it.
    virtual void took(const WorkingModel& model, Index iterations) = 0;
};

}  // namespace fastreg
