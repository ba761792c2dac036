// The targets of a ridge problem. With statistics at hand a direct solution needs only their means
// and squares; they themselves are copied, centred and weighted once somebody asks for them.
#pragma once

#include <optional>

#include "fastreg/gram/gram_stats.hpp"
#include "fastreg/ridge/ridge_design.hpp"

namespace fastreg {

class RidgeTargets {
public:
    // All of these must outlive the object; stats may be null.
    RidgeTargets(const ConstMatrixRef& Y, const RidgeDesign& Z, const GramStats* stats);

    Index count() const { return Y_.cols(); }
    Index rows() const { return Y_.rows(); }
    // What was subtracted from each, and ‖ỹ‖² / n of what is left.
    const Vector& mean() const { return mean_; }
    const Vector& square() const { return square_; }
    // The same after projected().
    Vector projected_square() const;
    // Ỹ: centred and weighted as X̃ is.
    const Matrix& standardized() const;
    // Ỹ − what unpenalised features explain of it
    const Matrix& projected() const;
    // basisᵀỸ, what that was; no rows if there are none
    const Matrix& explained() const;

private:
    ConstMatrixRef Y_;
    const RidgeDesign& Z_;
    mutable std::optional<Matrix> standardized_, projected_, explained_;
    Vector mean_, square_;
};

}  // namespace fastreg
