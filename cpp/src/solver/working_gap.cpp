#include "fastreg/solver/working_gap.hpp"

#include <algorithm>
#include <cmath>

#include "fastreg/solver/cholesky_factor.hpp"
#include "fastreg/solver/coordinate_steps.hpp"

namespace fastreg {

namespace {

// With more features than this the projection costs more than the steps that it spares.
constexpr std::size_t most_free = 32;

std::vector<Index> free_members(const WorkingModel& model) {
    std::vector<Index> free;
    for (Index i = 0; i < model.size(); ++i) {
        const CoordinatePenalty& h = model.h(i);
        if (h.l1 == 0.0 && h.l2 == 0.0 && !h.at_bound(model.coef[i])) free.push_back(i);
    }
    return free;
}

// The penalty of a coordinate whose correlation is known to `change` only. It is given the largest that
// it may be, by size, which limits the scale; that the term of the gap is convex in it leaves two
// candidates for the largest term.
struct Uncertain {
    const CoordinatePenalty& h;
    double l2;
    double other;  // the other end of what it may be, as a share of the first

    double feasible_scale(double u, double s) const { return h.feasible_scale(u, s); }
    double l1_scale(double u, double s) const { return h.l1_scale(u, s); }
    double fenchel_young(double b, double u) const {
        return std::max(h.fenchel_young(b, u), h.fenchel_young(b, other * u));
    }
};

}  // namespace

Vector free_image(const WorkingModel& model, const std::vector<Index>& free) {
    const auto f = static_cast<Index>(free.size());
    Matrix own(f, f);
    model.cross(free, free, own);
    CholeskyFactor factor;
    factor.append(free, Matrix(0, f), own, own.diagonal());
    Vector step(factor.size()), image = Vector::Zero(model.residual().size());
    for (Index k = 0; k < step.size(); ++k)
        step[k] = model.gradient[factor.members()[static_cast<std::size_t>(k)]];
    factor.solve(step);
    model.add_image(factor.members(), step, image);
    return image;
}

double working_gap(const WorkingModel& model) {
    const std::vector<Index> free = free_members(model);
    if (free.empty() || free.size() > most_free) return model_gap(model);
    const Vector image = free_image(model, free);
    const double length = std::sqrt(image.squaredNorm() / static_cast<double>(image.size()));
    Vector correlation = model.gradient.head(model.size()), other = Vector::Ones(model.size());
    for (Index i = 0; i < model.size(); ++i) {
        const double change = length * std::sqrt(model.mean_square(i));
        const bool up = model.h(i).lower == 0.0 || correlation[i] > 0.0;
        const double low = correlation[i] + (up ? -change : change);
        correlation[i] += up ? change : -change;
        if (correlation[i] != 0.0) other[i] = low / correlation[i];
    }
    for (Index i : free) correlation[i] = 0.0;
    return duality_gap(
        model.size(), [&](Index i) { return correlation[i]; },
        [&](Index i) { return model.coef[i]; },
        [&](Index i) { return Uncertain{model.h(i), model.h(i).l2, other[i]}; },
        [&](double s) { return model.loss_gap(s, image); });
}

}  // namespace fastreg
