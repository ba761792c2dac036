#include "fastreg/ridge/ridge.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "fastreg/ridge/normal_equations.hpp"
#include "fastreg/solver/certificate.hpp"

namespace fastreg {

namespace {

// Residuals, of several strengths or targets, that go through one product with X.
constexpr Index block_columns = 64;

void validate(const RidgeProblem& problem) {
    const Index n = problem.X.rows();
    if (problem.Y.rows() != n)
        throw std::invalid_argument("Y has " + std::to_string(problem.Y.rows()) +
                                    " rows, but X has " + std::to_string(n));
    if (problem.sample_weight.size() != 0 && problem.sample_weight.size() != n)
        throw std::invalid_argument("sample_weight has " +
                                    std::to_string(problem.sample_weight.size()) +
                                    " entries, but X has " + std::to_string(n) + " rows");
    if (problem.alphas.cols() != problem.Y.cols())
        throw std::invalid_argument("alphas has " + std::to_string(problem.alphas.cols()) +
                                    " columns, but Y has " + std::to_string(problem.Y.cols()));
}

// Solves every strength for every target; false if interrupted.
bool solve_all(NormalEquations& equations, const Matrix& alphas, const Control& control,
               Matrix& B) {
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

// Gaps and deviance ratios from residuals that are computed afresh, block by block: two passes over
// X a block.
void certify(const StandardizedDesign& X, const Matrix& Y, const Matrix& alphas,
             NormalEquations& equations, const Matrix& B, RidgeResult& result) {
    const Index targets = Y.cols();
    const double n = static_cast<double>(X.rows());
    for (Index first = 0; first < B.cols(); first += block_columns) {
        const Index count = std::min(block_columns, B.cols() - first);
        Matrix residual(X.rows(), count), correlation(X.cols(), count);
        X.matvec(B.middleCols(first, count), residual);
        for (Index k = 0; k < count; ++k)
            residual.col(k) = Y.col((first + k) % targets) - residual.col(k);
        X.transpose_matvec(residual, correlation);
        correlation /= n;
        result.n_passes += 2;
        for (Index k = 0; k < count; ++k) {
            const Index s = (first + k) / targets, t = (first + k) % targets;
            const double alpha = alphas(s, t), null = result.null_objective[t];
            const double square = residual.col(k).squaredNorm() / n;
            const double gap =
                alpha > 0.0
                    ? duality_gap(
                          X.cols(), [&](Index j) { return correlation(j, k); },
                          [&](Index j) { return B(j, first + k); },
                          [&](Index) { return CoordinatePenalty{.l1 = 0.0, .l2 = alpha}; }, square)
                    : equations.least_squares_gap(residual.col(k), correlation.col(k));
            result.dual_gaps(t, s) = null > 0.0 ? gap / null : gap;
            result.deviance_ratio(t, s) = null > 0.0 ? 1.0 - 0.5 * square / null : 0.0;
        }
    }
}

}  // namespace

RidgeResult ridge_path(const RidgeProblem& problem, const Control& control) {
    validate(problem);
    const StandardizedDesign X(problem.X, normalized_weight(problem.sample_weight),
                               problem.standardize);
    const Index targets = problem.Y.cols(), strengths = problem.alphas.rows();
    Matrix Y = problem.Y;
    Vector mean(targets);
    for (Index t = 0; t < targets; ++t) mean[t] = X.standardize_response(Y.col(t));

    RidgeResult result;
    result.null_objective =
        Y.colwise().squaredNorm().transpose() / (2.0 * static_cast<double>(X.rows()));
    if (!result.null_objective.allFinite())
        throw std::invalid_argument("Y is too large: its squares overflow");
    result.dual_gaps.resize(targets, strengths);
    result.deviance_ratio.resize(targets, strengths);
    NormalEquations equations(X, Y);
    Matrix B(X.cols(), strengths * targets);
    if (!solve_all(equations, problem.alphas, control, B)) {
        result.interrupted = true;
        return result;
    }
    certify(X, Y, problem.alphas, equations, B, result);
    result.n_passes += equations.n_passes();
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
