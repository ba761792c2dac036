#include "fastreg/ridge/ridge.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "fastreg/path/watch.hpp"
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

// Solves one strength for every target.
void solve_strength(NormalEquations& equations, const Matrix& alphas, Index s, MatrixRef B) {
    std::vector<Index> rest(static_cast<std::size_t>(alphas.cols()));
    std::iota(rest.begin(), rest.end(), Index{0});
    while (!rest.empty()) {
        const double alpha = alphas(s, rest.front());
        const auto others = std::stable_partition(rest.begin(), rest.end(),
                                                  [&](Index t) { return alphas(s, t) == alpha; });
        const std::vector<Index> group(rest.begin(), others);
        Matrix solution(B.rows(), static_cast<Index>(group.size()));
        equations.solve(alpha, group, solution);
        for (std::size_t k = 0; k < group.size(); ++k)
            B.col(group[k]) = solution.col(static_cast<Index>(k));
        rest.erase(rest.begin(), others);
    }
}

// Gaps and deviance ratios of the strengths [first, last) from residuals that are computed afresh:
// two passes over X.
void certify(const StandardizedDesign& X, const Matrix& Y, const Matrix& alphas,
             NormalEquations& equations, const Matrix& B, Index first, Index last,
             RidgeResult& result) {
    const Index targets = Y.cols(), count = (last - first) * targets;
    const double n = static_cast<double>(X.rows());
    Matrix residual(X.rows(), count), correlation(X.cols(), count);
    X.matvec(B.middleCols(first * targets, count), residual);
    for (Index k = 0; k < count; ++k) residual.col(k) = Y.col(k % targets) - residual.col(k);
    X.transpose_matvec(residual, correlation);
    correlation /= n;
    result.n_passes += 2;
    for (Index k = 0; k < count; ++k) {
        const Index s = first + k / targets, t = k % targets;
        const double alpha = alphas(s, t), null = result.null_objective[t];
        const double square = residual.col(k).squaredNorm() / n;
        const double gap =
            alpha > 0.0
                ? duality_gap(
                      X.cols(), [&](Index j) { return correlation(j, k); },
                      [&](Index j) { return B(j, first * targets + k); },
                      [&](Index) { return CoordinatePenalty{.l1 = 0.0, .l2 = alpha}; }, square)
                : equations.least_squares_gap(residual.col(k), correlation.col(k));
        result.dual_gaps(t, s) = null > 0.0 ? gap / null : gap;
        result.deviance_ratio(t, s) = null > 0.0 ? 1.0 - 0.5 * square / null : 0.0;
    }
}

PathStep step_of(const RidgeResult& result, const Matrix& B, const Matrix& alphas, Index s) {
    const Index targets = alphas.cols();
    const auto nonzero = (B.middleCols(s * targets, targets).array() != 0.0).colwise().count();
    return {.index = s,
            .n_alphas = alphas.rows(),
            .alpha = alphas.row(s).maxCoeff(),
            .dual_gap = result.dual_gaps.col(s).maxCoeff(),
            .n_nonzero = nonzero.maxCoeff(),
            .deviance_ratio = result.deviance_ratio.col(s).minCoeff(),
            .n_iter = 1};
}

// Solves block by block; returns how many strengths there are to give back, at least one.
Index run_blocks(const StandardizedDesign& X, const Matrix& Y, const Matrix& alphas,
                 NormalEquations& equations, PathWatch& watch, Matrix& B, RidgeResult& result) {
    const Index targets = Y.cols(), strengths = alphas.rows();
    const Index block = std::max<Index>(1, block_columns / targets);
    for (Index first = 0; first < strengths; first += block) {
        const Index end = std::min(first + block, strengths);
        Index last = first;
        bool cut = false;
        for (; last < end && !cut; ++last) {
            solve_strength(equations, alphas, last, B.middleCols(last * targets, targets));
            cut = watch.interrupted();
        }
        certify(X, Y, alphas, equations, B, first, last, result);
        for (Index s = first; s < last; ++s) {
            result.stop = watch.after(step_of(result, B, alphas, s));
            // A cut counts after the last strength that was solved, not before.
            if (cut && result.stop != Stop::callback && s + 1 < last) continue;
            if (result.stop != Stop::none && s + 1 < strengths) return s + 1;
        }
    }
    result.stop = Stop::none;
    return strengths;
}

}  // namespace

RidgeResult ridge_path(const RidgeProblem& problem, const Control& control) {
    validate(problem);
    PathWatch watch(control);
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
    const Index solved = run_blocks(X, Y, problem.alphas, equations, watch, B, result);
    B.conservativeResize(Eigen::NoChange, solved * targets);
    result.dual_gaps.conservativeResize(Eigen::NoChange, solved);
    result.deviance_ratio.conservativeResize(Eigen::NoChange, solved);
    result.n_passes += equations.n_passes();
    if (problem.X.sequential()) result.n_passes = problem.X.n_reads();
    B.array().colwise() *= X.inverse_scale().array();
    const Vector shift = B.transpose() * X.center();
    result.intercepts = shift.reshaped(targets, solved) * -1.0;
    result.intercepts.colwise() += mean;
    result.coefs = std::move(B);
    result.center = X.center();
    result.scale = X.scale();
    return result;
}

}  // namespace fastreg
