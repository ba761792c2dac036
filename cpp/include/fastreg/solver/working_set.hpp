// The features that were ever active: their columns, gathered once, and their Gram matrix, grown by
// blocks. A path only adds to it, so what was computed for one alpha serves all later ones.
#pragma once

#include <vector>

#include "fastreg/design/standardized.hpp"
#include "fastreg/solver/quadratic_model.hpp"

namespace fastreg {

class WorkingSet {
public:
    explicit WorkingSet(const StandardizedDesign& X);

    const std::vector<Index>& features() const { return features_; }
    Index size() const { return static_cast<Index>(features_.size()); }
    bool contains(Index feature) const { return member_[static_cast<std::size_t>(feature)]; }

    // Gathers the features, none of which is a member yet, and extends the model with coefficients
    // of 0.
    void add(Features features, QuadraticModel& model);
    // residual = y − X_E b
    void residual(const Vector& y, const QuadraticModel& model, VectorRef residual) const;

private:
    void reserve(Index size, QuadraticModel& model);

    const StandardizedDesign& X_;
    std::vector<Index> features_;
    std::vector<bool> member_;
    Matrix columns_;  // X_E in the leading size() columns
};

}  // namespace fastreg
