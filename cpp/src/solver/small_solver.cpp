#include "fastreg/solver/small_solver.hpp"

#include <algorithm>
#include <cmath>

#include "fastreg/solver/certificate.hpp"

namespace fastreg {

namespace {

// Sweeps before a Newton step, of which a warm start needs fewer.
constexpr int cold_sweeps = 3, warm_sweeps = 1;
// Newton steps before the next sweeps, each of which takes a coefficient away but for the last.
constexpr int most_steps = 4;
// What must be left of a column's square beside the others of the support.
constexpr double least_pivot = 1e-10;

}  // namespace

bool SmallSolver::load(const GramView& stats, StandardizeOptions options) {
    size_ = stats.gram.cols();
    stride_ = (size_ + lanes - 1) / lanes * lanes;
    const double mean = options.fit_intercept ? 0.0 : stats.y_mean, share = 1.0 / stats.weight;
    response_square_ = stats.yty / stats.weight + mean * mean;
    if (!(response_square_ >= std::numeric_limits<double>::min()) ||
        !std::isfinite(response_square_))
        return false;
    for (Index j = 0; j < size_; ++j) {
        const double center = stats.x_mean[j], variance = stats.gram(j, j) / stats.weight;
        const double scale = column_scale(center, variance, options);
        const double square = options.fit_intercept ? variance : variance + center * center;
        if (!(scale > 0.0 && square < infinity && square / scale < infinity)) return false;
        const std::size_t k = at(j);
        scale_[k] = scale;
        inverse_scale_[k] = 1.0 / scale;
        root_mean_square_[k] = std::sqrt(square) * inverse_scale_[k];
        linear_[k] = (stats.xty[j] / stats.weight + mean * center) * inverse_scale_[k];
    }
    for (Index j = 0; j < size_; ++j) {
        const double* from = stats.gram.col(j).data();
        const double own = share * inverse_scale_[at(j)];
        double* to = gram(j);
        for (Index i = 0; i < size_; ++i) to[i] = from[i] * (own * inverse_scale_[at(i)]);
        if (!options.fit_intercept) {
            const double center = stats.x_mean[j] * inverse_scale_[at(j)];
            for (Index i = 0; i < size_; ++i)
                to[i] += center * stats.x_mean[i] * inverse_scale_[at(i)];
        }
        std::fill(to + size_, to + stride_, 0.0);
    }
    std::fill(linear_.begin() + size_, linear_.begin() + stride_, 0.0);
    return true;
}

double SmallSolver::largest_correlation() const {
    double largest = 0.0;
    for (Index j = 0; j < size_; ++j) largest = std::max(largest, std::abs(linear_[at(j)]));
    return largest;
}

PointReport SmallSolver::solve(double alpha, double l1_ratio, double tol, const Vector& coef_init) {
    penalty_ = {.l1 = alpha * l1_ratio, .l2 = alpha * (1.0 - l1_ratio)};
    for (Index j = 0; j < size_; ++j) inverse_curvature_[at(j)] = 1.0 / (gram(j)[j] + penalty_.l2);
    start(coef_init);
    PointReport report;
    for (int sweeps = coef_init.size() ? warm_sweeps : cold_sweeps;
         report.n_iter + sweeps < most_sweeps; sweeps = cold_sweeps) {
        for (int k = 0; k < sweeps; ++k) sweep();
        report.n_iter += sweeps;
        bool full = false;
        for (int k = 0; k < most_steps && !full; ++k) {
            full = step_support();
            refresh();
        }
        report.dual_gap = relative_gap();
        if (report.dual_gap <= tol) return report;
    }
    report.status = Status::stalled;
    return report;
}

void SmallSolver::start(const Vector& coef_init) {
    for (Index j = 0; j < stride_; ++j)
        coef_[at(j)] = coef_init.size() && j < size_ ? coef_init[j] * scale_[at(j)] : 0.0;
    refresh();
}

// to += factor · column, from the packet of entry `first` on.
void SmallSolver::add(const double* column, double factor, double* to, Index first) const {
    using Packet = Eigen::Array<double, lanes, 1>;
    for (Index k = first / lanes * lanes; k < stride_; k += lanes)
        Eigen::Map<Packet, Eigen::Aligned64>(to + k) +=
            factor * Eigen::Map<const Packet, Eigen::Aligned64>(column + k);
}

void SmallSolver::sweep() {
    for (Index j = 0; j < size_; ++j) {
        const double b = coef_[at(j)];
        const double z = correlation_[at(j)] + gram(j)[j] * b;
        const double change = soft_threshold(z, penalty_.l1) * inverse_curvature_[at(j)] - b;
        if (change == 0.0) continue;
        coef_[at(j)] = b + change;
        add(gram(j), -change, correlation_.data());
    }
}

// Correlations and ‖r‖² of the coefficients, without what steps left of rounding errors.
void SmallSolver::refresh() {
    correlation_ = linear_;
    for (Index j = 0; j < size_; ++j)
        if (coef_[at(j)] != 0.0) add(gram(j), -coef_[at(j)], correlation_.data());
    double decrease = 0.0;
    for (Index j = 0; j < size_; ++j)
        decrease += coef_[at(j)] * (linear_[at(j)] + correlation_[at(j)]);
    residual_square_ = std::max(0.0, response_square_ - decrease);
}

// Towards the solution for the support and its signs, as far as no coefficient passes zero. Whether
// that was the whole way, or there is none. Leaves the correlations to be refreshed.
bool SmallSolver::step_support() {
    Index count = 0;
    for (Index j = 0; j < size_; ++j)
        if (coef_[at(j)] != 0.0) support_[at(count++)] = j;
    step_.fill(0.0);
    for (Index r = 0; r < count; ++r) {
        const std::size_t j = at(support_[at(r)]);
        step_[at(r)] =
            correlation_[j] - std::copysign(penalty_.l1, coef_[j]) - penalty_.l2 * coef_[j];
    }
    if (!factor(count)) return true;
    back_solve(count);
    double part = 1.0;
    Index first = -1;
    for (Index r = 0; r < count && penalty_.l1 > 0.0; ++r) {
        const double b = coef_[at(support_[at(r)])];
        if (b * (b + part * step_[at(r)]) >= 0.0) continue;
        part = -b / step_[at(r)];
        first = r;
    }
    for (Index r = 0; r < count; ++r) {
        double& b = coef_[at(support_[at(r)])];
        b = r == first ? 0.0 : b + part * step_[at(r)];
    }
    return first < 0;
}

// L D Lᵀ of the support's matrix, columns of L D in lower_; the right side goes through L D with it.
// False if columns depend on each other.
bool SmallSolver::factor(Index count) {
    for (Index k = 0; k < count; ++k) {
        const double* from = gram(support_[at(k)]);
        double* to = lower_.data() + k * stride_;
        for (Index r = k; r < count; ++r) to[r] = from[support_[at(r)]];
        std::fill(to + count, to + stride_, 0.0);
        to[k] += penalty_.l2;
    }
    for (Index k = 0; k < count; ++k) {
        const double* column = lower_.data() + k * stride_;
        const double square = gram(support_[at(k)])[support_[at(k)]] + penalty_.l2;
        if (!(column[k] > least_pivot * square)) return false;
        inverse_pivot_[at(k)] = 1.0 / column[k];
        for (Index r = k + 1; r < count; ++r)
            add(column, -column[r] * inverse_pivot_[at(k)], lower_.data() + r * stride_, r);
    }
    return true;
}

void SmallSolver::back_solve(Index count) {
    const auto column = [&](Index k, Index rows) {
        return Eigen::Map<const Vector>(lower_.data() + k * stride_ + k + 1, rows);
    };
    Eigen::Map<Vector> x(step_.data(), count);
    for (Index k = 0; k < count; ++k)
        x.tail(count - k - 1) -= (x[k] * inverse_pivot_[at(k)]) * column(k, count - k - 1);
    for (Index k = count - 1; k >= 0; --k)
        x[k] = inverse_pivot_[at(k)] * (x[k] - column(k, count - k - 1).dot(x.tail(count - k - 1)));
}

// Correlations are taken to be larger by a bound of their rounding errors, as in StatisticsSolver.
double SmallSolver::relative_gap() const {
    double size = std::sqrt(response_square_), slack = 0.0;
    for (Index j = 0; j < size_; ++j) slack += root_mean_square_[at(j)] * std::abs(coef_[at(j)]);
    const double error = product_error * (size + slack);
    const double gap = duality_gap(
        size_,
        [&](Index j) {
            const double u = correlation_[at(j)];
            return u + std::copysign(error * root_mean_square_[at(j)], u);
        },
        [&](Index j) { return coef_[at(j)]; }, [&](Index) { return penalty_; },
        LeastSquaresGap{residual_square_});
    return (gap + error * slack) / null_objective();
}

}  // namespace fastreg
