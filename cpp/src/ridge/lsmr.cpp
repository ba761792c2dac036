#include "fastreg/ridge/lsmr.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace fastreg {

namespace {

// The recurrence is asked for a little more than the tolerance.
constexpr double margin = 0.8;
// A check that gains less than this share of the residual met rounding errors.
constexpr double least_gain = 0.5;
// The recurrence is trusted while it says no less than this share of the true gradient.
constexpr double trusted = 0.5;

// The rotations of one target: from the bidiagonal matrix's new entries to the new solution.
class Rotations {
public:
    Rotations() = default;
    Rotations(double alpha, double beta) : alphabar_(alpha), zetabar_(alpha * beta) {}

    struct Step {
        double direction;  // of the direction before, that is subtracted
        double length;     // along the direction
        double vector;     // of the vector before, that is subtracted
    };

    Step next(double alpha, double beta) {
        const double rho_old = rho_, rhobar_old = rhobar_;
        rho_ = std::hypot(alphabar_, beta);
        const double c = alphabar_ / rho_, s = beta / rho_, theta = s * alpha;
        alphabar_ = c * alpha;
        const double thetabar = sbar_ * rho_, corner = cbar_ * rho_;
        rhobar_ = std::hypot(corner, theta);
        cbar_ = corner / rhobar_;
        sbar_ = theta / rhobar_;
        const double zeta = cbar_ * zetabar_;
        zetabar_ *= -sbar_;
        if (started_) least_ = std::min(least_, rhobar_old);
        smallest_ = std::min(least_, corner);
        started_ = true;
        return {thetabar * rho_ / (rho_old * rhobar_old), zeta / (rho_ * rhobar_), theta / rho_};
    }

    // Norm of the gradient, in the scaled coefficients.
    double gradient_norm() const { return std::abs(zetabar_); }
    // Of the singular values, as far as they have been seen.
    double smallest() const { return smallest_; }

private:
    double alphabar_ = 0.0, zetabar_ = 0.0, rho_ = 1.0, rhobar_ = 1.0, cbar_ = 1.0, sbar_ = 0.0;
    double least_ = infinity, smallest_ = infinity;
    bool started_ = false;
};

}  // namespace

struct Lsmr::Block : OpenTargets {
    using OpenTargets::OpenTargets;

    Vector inverse;  // 1 / D
    Matrix start;    // coefficients from before the last restart
    Matrix x;        // what was found since, times D
    Matrix upper, lower,
        v;  // vectors of the bidiagonalisation: of rows, of the penalty, of columns
    Matrix h, hbar;
    std::vector<Rotations> rotations;
    Vector norm;        // of v before it was normalised; 0: done, nothing changes any more
    Vector ratio;       // ‖g‖ / ‖D⁻¹g‖ when it was measured
    bool fresh = true;  // start is what the next restart begins with

    Matrix coefficients() const { return start + inverse.asDiagonal() * x; }
};

Lsmr::Lsmr(const RidgeDesign& Z, const Matrix& Y, IterationOptions options)
    : IterativeForm(Z, Y, options), mean_square_(Z.mean_square()) {
    correlation_.resize(0, 0);
}

bool Lsmr::solve_block(std::span<const RidgeTask> tasks, Index first, RidgeSolutions& out,
                       const std::function<bool()>& interrupted) {
    Block block(tasks, first);
    // Of more columns than rows, the heavy ones are few, and found fast if they stay heavy.
    block.inverse = block.alpha > 0.0 && Z_.cols() <= Z_.rows()
                        ? Vector((mean_square_.array() + block.alpha).sqrt().inverse())
                        : Vector(Vector::Ones(Z_.cols()));
    block.start = Matrix::Zero(Z_.cols(), block.count());
    while (block.count() > 0) {
        if (block.fresh) restart(block);
        if (!iterate(block, interrupted)) return false;
        verify(block, out);
    }
    return true;
}

void Lsmr::restart(Block& block) const {
    const Index count = block.count();
    block.fresh = false;
    block.upper.resize(Z_.rows(), count);
    Z_.matvec(block.start, block.upper);
    block.upper = (Y_(Eigen::all, block.targets) - block.upper) / std::sqrt(n_);
    block.lower = -std::sqrt(block.alpha) * block.start;
    Matrix gradient(Z_.cols(), count);
    Z_.transpose_matvec(block.upper, gradient);
    gradient = gradient / std::sqrt(n_) + std::sqrt(block.alpha) * block.lower;
    block.v = block.inverse.asDiagonal() * gradient;
    block.x = Matrix::Zero(Z_.cols(), count);
    block.hbar = block.x;
    block.rotations.resize(static_cast<std::size_t>(count));
    block.norm.resize(count);
    block.ratio.resize(count);
    for (Index t = 0; t < count; ++t) {
        const double beta = std::hypot(block.upper.col(t).norm(), block.lower.col(t).norm());
        const double norm = block.v.col(t).norm();
        block.norm[t] = norm;
        block.ratio[t] = norm > 0.0 ? gradient.col(t).norm() / norm : 0.0;
        if (norm == 0.0) continue;
        block.upper.col(t) /= beta;
        block.lower.col(t) /= beta;
        block.v.col(t) /= norm;
        block.norm[t] = norm / beta;
        block.rotations[static_cast<std::size_t>(t)] = Rotations(norm / beta, beta);
    }
    block.h = block.v;
}

bool Lsmr::iterate(Block& block, const std::function<bool()>& interrupted) const {
    const double root_n = std::sqrt(n_), root_alpha = std::sqrt(block.alpha);
    const Index count = block.count();
    Matrix scaled(Z_.cols(), count), rows(Z_.rows(), count);
    do {
        if (interrupted()) return false;
        scaled = block.inverse.asDiagonal() * block.v;
        Z_.matvec(scaled, rows);
        Vector beta(count);
        for (Index t = 0; t < count; ++t) {
            block.upper.col(t) = rows.col(t) / root_n - block.norm[t] * block.upper.col(t);
            block.lower.col(t) = root_alpha * scaled.col(t) - block.norm[t] * block.lower.col(t);
            beta[t] = std::hypot(block.upper.col(t).norm(), block.lower.col(t).norm());
            if (beta[t] == 0.0) continue;
            block.upper.col(t) /= beta[t];
            block.lower.col(t) /= beta[t];
        }
        Z_.transpose_matvec(block.upper, scaled);
        scaled = scaled / root_n + root_alpha * block.lower;
        for (Index t = 0; t < count; ++t) {
            if (block.norm[t] == 0.0) continue;
            Rotations& rotations = block.rotations[static_cast<std::size_t>(t)];
            block.v.col(t) = block.inverse.cwiseProduct(scaled.col(t)) - beta[t] * block.v.col(t);
            const double norm = beta[t] > 0.0 ? block.v.col(t).norm() : 0.0;
            const Rotations::Step step = rotations.next(norm, beta[t]);
            block.hbar.col(t) = block.h.col(t) - step.direction * block.hbar.col(t);
            block.x.col(t) += step.length * block.hbar.col(t);
            block.norm[t] = norm;
            if (norm == 0.0) continue;
            block.v.col(t) /= norm;
            block.h.col(t) = block.v.col(t) - step.vector * block.h.col(t);
        }
        ++block.iterations;
    } while (block.iterations < options_.max_iter && !claims(block));
    return true;
}

bool Lsmr::claims(const Block& block) const {
    for (Index t = 0; t < block.count(); ++t) {
        const std::size_t k = static_cast<std::size_t>(t);
        const double goal = margin * options_.tol * scale_of(block.targets[k]);
        if (block.norm[t] > 0.0 && block.ratio[t] * block.rotations[k].gradient_norm() > goal)
            return false;
    }
    return true;
}

void Lsmr::verify(Block& block, RidgeSolutions& out) const {
    const Index count = block.count();
    const Matrix B = block.coefficients();
    Matrix R(Z_.rows(), count), gradient(Z_.cols(), count);
    Z_.matvec(B, R);
    R = Y_(Eigen::all, block.targets) - R;
    Z_.transpose_matvec(R, gradient);
    gradient = gradient / n_ - block.alpha * B;
    std::vector<Index> open;
    for (Index t = 0; t < count; ++t) {
        const std::size_t k = static_cast<std::size_t>(t);
        const Rotations& rotations = block.rotations[k];
        const double norm = gradient.col(t).norm(), scale = scale_of(block.targets[k]);
        const double achieved = norm / scale, before = block.achieved[t];
        if (!(achieved >= before)) {
            const Index place = block.places[k];
            const double smallest = rotations.smallest();
            out.B.col(place) = B.col(t);
            out.residual[place] = achieved;
            out.square[place] = R.col(t).squaredNorm() / n_;
            out.gap[place] =
                gap(block.alpha, gradient.col(t), B.col(t), out.square[place], smallest * smallest);
            out.n_iter[place] = block.iterations;
            block.achieved[t] = achieved;
        }
        const double scaled = block.inverse.cwiseProduct(gradient.col(t)).norm();
        if (achieved <= options_.tol || block.iterations >= options_.max_iter ||
            achieved > least_gain * before)
            continue;
        open.push_back(t);
        if (scaled > 0.0) block.ratio[t] = norm / scaled;
        if (block.norm[t] == 0.0 || rotations.gradient_norm() < trusted * scaled)
            block.fresh = true;
    }
    if (block.fresh || static_cast<Index>(open.size()) < count) {
        block.start = B(Eigen::all, open);
        block.keep(open);
        block.fresh = true;
    }
}

}  // namespace fastreg
