// The features that were ever active and their Gram matrix, grown by blocks. A path only adds to it,
// so what was computed for one alpha serves all later ones. The columns of a dense X are gathered
// once, standardised; those of a sparse one stay where they are.
#pragma once

#include <vector>

#include "fastreg/design/standardized.hpp"
#include "fastreg/screening/column_cache.hpp"
#include "fastreg/solver/quadratic_model.hpp"

namespace fastreg {

class WorkingSet {
public:
    explicit WorkingSet(const StandardizedDesign& X);

    const std::vector<Index>& features() const { return features_; }
    Index size() const { return static_cast<Index>(features_.size()); }
    bool contains(Index feature) const { return member_[static_cast<std::size_t>(feature)]; }

    // Takes in the features, none of which is a member yet, and extends the model with coefficients
    // of 0. Columns come from the cache as far as it has them.
    void add(Features features, QuadraticModel& model, const ColumnCache* cache = nullptr);
    // residual = y − X_E b
    void residual(const Vector& y, const QuadraticModel& model, VectorRef residual) const;
    // X_Eᵀ residual
    Vector transpose_matvec(const Vector& residual) const;

private:
    void reserve(Index size, QuadraticModel& model);
    void gather(Index old, Features added);
    void fill_gram(Index old, QuadraticModel& model) const;

    const StandardizedDesign& X_;
    bool gathered_;
    std::vector<Index> features_;
    std::vector<bool> member_;
    Matrix columns_;  // X_E in the leading size() columns, if gathered
};

}  // namespace fastreg
