// What the iterative ways of ridge share: tasks of one strength go together, and each leaves when its
// residual, recomputed from X, is what was asked for or can't be improved.
#pragma once

#include <functional>
#include <vector>

#include "fastreg/ridge/iteration_options.hpp"
#include "fastreg/ridge/ridge_form.hpp"

namespace fastreg {

// Targets of one strength that are not solved yet, one entry each.
struct OpenTargets {
    // Their solutions go to the places from `first` on.
    OpenTargets(std::span<const RidgeTask> tasks, Index first);

    double alpha;
    std::vector<Index> places, targets;
    Vector achieved;  // relative residual from X
    Index iterations = 0;

    Index count() const { return static_cast<Index>(targets.size()); }
    // Only these go on.
    void keep(const std::vector<Index>& kept);
};

void keep_entries(const std::vector<Index>& kept, Vector& list);

class IterativeForm : public RidgeForm {
public:
    Index solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                const std::function<bool()>& interrupted) final;

protected:
    // Y (standardised and projected) and Z must outlive the object.
    IterativeForm(const RidgeDesign& Z, const Matrix& Y, IterationOptions options);

    // Tasks of one strength; the solutions go to the columns of out from `first` on. False if
    // interrupted.
    virtual bool solve_block(std::span<const RidgeTask> tasks, Index first, RidgeSolutions& out,
                             const std::function<bool()>& interrupted) = 0;
    double scale_of(Index target) const { return norm_or_one(correlation_norm_[target]); }
    // At the dual point (Y − ZB)/n. At a strength of 0 it is what the columns of Z still explain of
    // the residual: gᵀ(ZᵀZ/n)⁻¹g, at most gᵀg by the smallest eigenvalue, which the iteration itself
    // estimates; and at most all of the residual.
    double gap(double alpha, const ConstVectorRef& gradient, const ConstVectorRef& b, double square,
               double smallest_eigenvalue) const;

    const RidgeDesign& Z_;
    const Matrix& Y_;
    double n_;
    IterationOptions options_;
    Matrix correlation_;       // ZᵀY/n
    Vector correlation_norm_;  // ‖Zᵀy/n‖
};

}  // namespace fastreg
