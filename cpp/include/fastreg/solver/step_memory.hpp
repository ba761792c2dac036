// What the last steps of a Newton method tell of the Hessian H beyond its lagged matrix G.
//
// A step s changed the gradient by H s, with the mean of H along it, where G had G s. A new step d that
// lies near the span of the last few is off by nearly (H − G) d, of its projection on them in the
// metric of G, as in Broyden's method (1965). It costs no product with the data.
#pragma once

#include <deque>

#include "fastreg/core/types.hpp"

namespace fastreg {

class StepMemory {
public:
    bool empty() const { return steps_.empty(); }
    void clear() { steps_.clear(); }
    // A step, by place in the matrix, and H times it, by position in the model.
    void add(Vector step, Vector change);
    // G is scale times the leading part of gram, which has a place for each of these positions;
    // between calls it has only grown, unless clear() was called.
    void prepare(const Matrix& gram, double scale, Features positions);
    // (H − G) d / scale for a step d, as far as it is known.
    Vector defect(const Vector& d) const { return defects_ * (images_.transpose() * d); }

private:
    struct Step {
        Vector step, image;  // image: what the matrix has of its places
        Vector change;
    };

    std::deque<Step> steps_;  // newest first
    // Of the orthonormal basis: gram times it, and what that leaves of the change.
    Matrix images_, defects_;
};

}  // namespace fastreg
