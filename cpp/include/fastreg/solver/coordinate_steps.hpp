// What the solvers of a working set ask of its model: how far a coefficient may move, and the gap.
#pragma once

#include <algorithm>
#include <cmath>

#include "fastreg/solver/certificate.hpp"
#include "fastreg/solver/working_model.hpp"

namespace fastreg {

template <class LossGap>
double model_gap(const WorkingModel& model, LossGap loss_gap) {
    return duality_gap(
        model.size(), [&](Index i) { return model.gradient[i]; },
        [&](Index i) { return model.coef[i]; },
        [&](Index i) -> const CoordinatePenalty& { return model.h(i); }, loss_gap);
}

inline double model_gap(const WorkingModel& model) {
    const Vector none;
    return model_gap(model, [&](double s) { return model.loss_gap(s, none); });
}

inline bool is_free(const WorkingModel& model, Index i) {
    return model.coef[i] != 0.0 && !model.h(i).at_bound(model.coef[i]);
}

// The step of coordinate descent by the gradient that is kept.
inline double coordinate_step(const WorkingModel& model, Index i) {
    const double curvature = model.curvature(i), b = model.coef[i];
    return model.h(i).minimize(model.gradient[i] + curvature * b, curvature) - b;
}

// Minus the derivative of the objective by a free coefficient.
inline double descent(const WorkingModel& model, Index i) {
    const double b = model.coef[i];
    return model.gradient[i] - std::copysign(model.h(i).l1, b) - model.h(i).l2 * b;
}

}  // namespace fastreg
