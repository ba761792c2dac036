#include "fastreg/ridge/ridge.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "fastreg/ridge/positive_definite.hpp"
#include "fastreg/solver/certificate.hpp"

namespace fastreg {

namespace {

// Columns that go through one product with X: residuals of several strengths or targets, or features of a block.
constexpr Index block_columns = 64;

void validate(const RidgeProblem& problem) {
    const Index n = problem.X.rows();
    if (problem.Y.rows() != n)
        throw std::invalid_argument("Y has " + std::to_string(problem.Y.rows()) + " rows, but X has " +
                                    std::to_string(n));
    if (problem.sample_weight.size() != 0 && problem.sample_weight.size() != n)
        throw std::invalid_argument("sample_weight has " + std::to_string(problem.sample_weight.size()) +
                                    " entries, but X has " + std::to_string(n) + " rows");
    if (problem.alphas.cols() != problem.Y.cols())
        throw std::invalid_argument("alphas has " + std::to_string(problem.alphas.cols()) +
                                    " columns, but Y has " + std::to_string(problem.Y.cols()));
}

// The features that can carry a coefficient.
std::vector<Index> usable_features(const StandardizedDesign& X) {
    std::vector<Index> features;
    for (Index j = 0; j < X.cols(); ++j)
        if (!X.excluded(j)) features.push_back(j);
    return features;
}

// The normal equations in the form whose matrix is smaller, formed once for all strengths and targets.
class NormalEquations {
public:
    NormalEquations(const StandardizedDesign& X, const Matrix& Y)
        : X_(X), n_(static_cast<double>(X.rows())), features_(usable_features(X)) {
        primal_ = X.rows() >= static_cast<Index>(features_.size());
        if (primal_)
            form_primal(Y);
        else
            form_dual(Y);
    }

    // Coefficients (of the standardised features) of the targets whose strength is alpha: columns of B.
    void solve(double alpha, const std::vector<Index>& targets, MatrixRef B) const {
        const PositiveDefiniteSolver inverse(matrix_, alpha);
        Matrix solution(matrix_.rows(), static_cast<Index>(targets.size()));
        for (Index t = 0; t < solution.cols(); ++t)
            solution.col(t) = right_side_.col(targets[static_cast<std::size_t>(t)]);
        inverse.solve_in_place(solution);
        if (!primal_) {
            X_.transpose_matvec(solution, B);
            return;
        }
        B.setZero();
        for (std::size_t k = 0; k < features_.size(); ++k) B.row(features_[k]) = solution.row(static_cast<Index>(k));
    }

    // ‖projection of r onto the columns of X̃‖² / (2n): the gap of unpenalised least squares, whose dual point must be
    // orthogonal to every column. correlation = X̃ᵀ r / n.
    double least_squares_gap(const ConstVectorRef& residual, const ConstVectorRef& correlation) const {
        const PositiveDefiniteSolver inverse(matrix_, 0.0);
        if (!primal_) {
            Vector projection = matrix_ * residual;
            inverse.solve_in_place(projection);
            return 0.5 * projection.squaredNorm() / n_;
        }
        Vector gradient(matrix_.rows());
        for (std::size_t k = 0; k < features_.size(); ++k)
            gradient[static_cast<Index>(k)] = correlation[features_[k]];
        Vector step = gradient;
        inverse.solve_in_place(step);
        return 0.5 * std::max(0.0, gradient.dot(step));
    }

private:
    void form_primal(const Matrix& Y) {
        const Index p = static_cast<Index>(features_.size());
        matrix_.resize(p, p);
        X_.sandwich(features_, matrix_);
        matrix_ /= n_;
        Matrix correlation(X_.cols(), Y.cols());
        X_.transpose_matvec(Y, correlation);
        right_side_.resize(p, Y.cols());
        for (Index k = 0; k < p; ++k) right_side_.row(k) = correlation.row(features_[static_cast<std::size_t>(k)]) / n_;
    }

    void form_dual(const Matrix& Y) {
        matrix_ = Matrix::Zero(X_.rows(), X_.rows());
        Matrix block(X_.rows(), block_columns);
        const Features all(features_);
        for (std::size_t first = 0; first < all.size(); first += block_columns) {
            const std::size_t count = std::min<std::size_t>(block_columns, all.size() - first);
            auto part = block.leftCols(static_cast<Index>(count));
            X_.columns(all.subspan(first, count), part);
            matrix_.selfadjointView<Eigen::Lower>().rankUpdate(part, 1.0 / n_);
        }
        matrix_.triangularView<Eigen::StrictlyUpper>() = matrix_.transpose();
        right_side_ = Y / n_;
    }

    const StandardizedDesign& X_;
    double n_;
    std::vector<Index> features_;
    bool primal_;
    Matrix matrix_;      // X̃ᵀX̃/n of the usable features, or X̃X̃ᵀ/n
    Matrix right_side_;  // X̃ᵀỸ/n, or Ỹ/n
};

// Solves every strength for every target; false if interrupted.
bool solve_all(const NormalEquations& equations, const Matrix& alphas, const Control& control, Matrix& B) {
    const Index targets = alphas.cols();
    for (Index s = 0; s < alphas.rows(); ++s) {
        std::vector<Index> rest(static_cast<std::size_t>(targets));
        std::iota(rest.begin(), rest.end(), Index{0});
        while (!rest.empty()) {
            if (control.interrupted()) return false;
            const double alpha = alphas(s, rest.front());
            const auto others = std::stable_partition(
                rest.begin(), rest.end(), [&](Index t) { return alphas(s, t) == alpha; });
            const std::vector<Index> group(rest.begin(), others);
            Matrix solution(B.rows(), static_cast<Index>(group.size()));
            equations.solve(alpha, group, solution);
            for (std::size_t k = 0; k < group.size(); ++k)
                B.col(s * targets + group[k]) = solution.col(static_cast<Index>(k));
            rest.erase(rest.begin(), others);
        }
    }
    return true;
}

// Gaps and deviance ratios from residuals that are computed afresh, block by block: two passes over X a block.
void certify(const StandardizedDesign& X,
             const Matrix& Y,
             const Matrix& alphas,
             const NormalEquations& equations,
             const Matrix& B,
             RidgeResult& result) {
    const Index targets = Y.cols();
    const double n = static_cast<double>(X.rows());
    for (Index first = 0; first < B.cols(); first += block_columns) {
        const Index count = std::min(block_columns, B.cols() - first);
        Matrix residual(X.rows(), count), correlation(X.cols(), count);
        X.matvec(B.middleCols(first, count), residual);
        for (Index k = 0; k < count; ++k) residual.col(k) = Y.col((first + k) % targets) - residual.col(k);
        X.transpose_matvec(residual, correlation);
        correlation /= n;
        result.n_passes += 2;
        for (Index k = 0; k < count; ++k) {
            const Index s = (first + k) / targets, t = (first + k) % targets;
            const double alpha = alphas(s, t), null = result.null_objective[t];
            const double square = residual.col(k).squaredNorm() / n;
            const double gap = alpha > 0.0 ? duality_gap(
                                                 X.cols(),
                                                 [&](Index j) { return correlation(j, k); },
                                                 [&](Index j) { return B(j, first + k); },
                                                 [&](Index) { return CoordinatePenalty{.l1 = 0.0, .l2 = alpha}; },
                                                 square)
                                           : equations.least_squares_gap(residual.col(k), correlation.col(k));
            result.dual_gaps(t, s) = null > 0.0 ? gap / null : gap;
            result.deviance_ratio(t, s) = null > 0.0 ? 1.0 - 0.5 * square / null : 0.0;
        }
    }
}

}  // namespace

RidgeResult ridge_path(const RidgeProblem& problem, const Control& control) {
    validate(problem);
    const StandardizedDesign X(problem.X, normalized_weight(problem.sample_weight), problem.standardize);
    const Index targets = problem.Y.cols(), strengths = problem.alphas.rows();
    Matrix Y = problem.Y;
    Vector mean(targets);
    for (Index t = 0; t < targets; ++t) mean[t] = X.standardize_response(Y.col(t));

    RidgeResult result;
    result.null_objective = Y.colwise().squaredNorm().transpose() / (2.0 * static_cast<double>(X.rows()));
    result.dual_gaps.resize(targets, strengths);
    result.deviance_ratio.resize(targets, strengths);
    const NormalEquations equations(X, Y);
    result.n_passes = 3;  // moments, matrix, right side or coefficients
    Matrix B(X.cols(), strengths * targets);
    if (!solve_all(equations, problem.alphas, control, B)) {
        result.interrupted = true;
        return result;
    }
    certify(X, Y, problem.alphas, equations, B, result);
    B.array().colwise() *= X.inverse_scale().array();
    const Vector shift = B.transpose() * X.center();
    result.intercepts = shift.reshaped(targets, strengths) * -1.0;
    result.intercepts.colwise() += mean;
    result.coefs = std::move(B);
    result.center = X.center();
    result.scale = X.scale();
    return result;
}

}  // namespace fastreg
