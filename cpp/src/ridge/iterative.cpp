#include "fastreg/ridge/iterative.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "fastreg/core/tile_product.hpp"
#include "fastreg/ridge/conjugate_gradients.hpp"
#include "fastreg/ridge/heavy_columns.hpp"
#include "fastreg/ridge/lsmr.hpp"
#include "fastreg/ridge/rough_gram.hpp"

namespace fastreg {

namespace {

// Below this side a direct solution takes milliseconds; above that one its matrix is too large.
constexpr double small_side = 500.0;
constexpr double largest_side = 10'000.0;
// Where there is no penalty, conjugate gradients see the square of the condition number.
constexpr double largest_side_without_penalty = 3000.0;
// Nanoseconds of an entry in a product with X, and in what is made before a Gram matrix; of a
// product of two entries; of side³ in a factorisation, and of side² in a solution with it.
constexpr double entry_time = 1.2;
constexpr double copied_entry_time = 40.0;
constexpr double pair_time = 1.5;
constexpr double factor_time = 0.02;
constexpr double solution_time = 1.0;
// Any number of strengths costs no more than so many factors: then one reduction is made for all.
constexpr double most_factors = 3.0;
// The smallest eigenvalue of a scaled matrix that is reckoned with.
constexpr double least_eigenvalue = 1e-3;
// Sides of dense X for which rough Gram matrices are made; smallest strength, by the mean eigenvalue.
constexpr Index least_rough_side = 200, largest_rough_side = 20'000;
constexpr double least_rough_alpha = 1e-5;
// Nanoseconds of a pair of entries in a Gram matrix in float64, float32, and by matrix units, and of
// an entry that is read for an iteration.
constexpr double exact_pair_time = 0.0105, float_pair_time = 0.006, tile_pair_time = 0.0025;
constexpr double read_entry_time = 0.6;
// Iterations, by those that were foreseen, that have turned out badly where another way is cheap.
constexpr double patience = 3.0;

// Of conjugate gradients where the scaled columns are independent (Marchenko and Pastur 1967): the
// eigenvalues of their Gram matrix reach from (1 − √r)² to (1 + √r)², r being the shorter side by
// the longer.
double foreseen_iterations(const RidgeDesign& Z, double alpha, double tol) {
    const Vector square = Z.mean_square();
    const double n = static_cast<double>(Z.rows()), p = static_cast<double>(Z.cols());
    const double trace = square.sum(), squares = square.squaredNorm();
    if (!(trace > 0.0)) return 1.0;
    const bool primal = p <= n;
    const double ratio = primal ? p / n : std::min(1.0, n * squares / (trace * trace));
    const double level = trace / (primal ? p : n), root = std::sqrt(ratio);
    const double smallest = std::max(least_eigenvalue, (1.0 - root) * (1.0 - root)),
                 largest = (1.0 + root) * (1.0 + root);
    return 0.5 * std::log(2.0 / std::max(tol, epsilon)) *
           std::sqrt((level * largest + alpha) / (level * smallest + alpha));
}

// Different strengths, each of which a direct form factors for.
double count_strengths(const Matrix& alphas) {
    std::vector<double> all(alphas.data(), alphas.data() + alphas.size());
    std::sort(all.begin(), all.end());
    return static_cast<double>(std::unique(all.begin(), all.end()) - all.begin());
}

// Σ (entries of a row or column)² / 2, the pairs of entries that a Gram matrix is made of. How the
// entries spread over the rows is not known without reading them: evenly, as columns meet in them.
double count_pairs(const RidgeDesign& Z) {
    const StandardizedDesign& X = Z.standardized();
    const double n = static_cast<double>(Z.rows());
    double entries = 0.0, squares = 0.0;
    for (const Index j : Z.features()) {
        const double count = X.column_cost(j);
        entries += count;
        squares += count * count;
    }
    return 0.5 * (Z.cols() <= Z.rows() ? entries * (entries / n + 1.0) : squares);
}

}  // namespace

namespace {

// A factor of a rough Gram matrix, if X is dense, large enough and far enough from singular.
std::unique_ptr<Preconditioner> make_rough_factor(const RidgeDesign& Z, Index targets,
                                                  NormalForm form, const Matrix& alphas,
                                                  const Control& control) {
    const Index side = std::min(Z.rows(), Z.cols());
    if (!Z.standardized().dense_view() || side < least_rough_side || side > largest_rough_side ||
        alphas.size() == 0)
        return nullptr;
    auto factor =
        std::make_unique<RoughFactor>(Z, form, best_rounding(Z, targets), control.interrupted);
    factor->set_alpha(alphas.minCoeff());
    if (!factor->usable()) return nullptr;
    return factor;
}

}  // namespace

std::unique_ptr<RidgeForm> make_conjugate_gradients(const RidgeDesign& Z, const Matrix& Y,
                                                    const Matrix& alphas, const Control& control) {
    const IterationOptions options{.tol = control.tol, .max_iter = control.max_iter};
    const NormalForm form = Z.cols() <= Z.rows() ? NormalForm::primal : NormalForm::dual;
    std::unique_ptr<Preconditioner> preconditioner =
        make_rough_factor(Z, Y.cols(), form, alphas, control);
    if (!preconditioner && form == NormalForm::primal)
        preconditioner = std::make_unique<DiagonalPreconditioner>(Z.mean_square());
    else if (!preconditioner && Z.standardized().sparse())
        preconditioner = std::make_unique<HeavyColumns>(Z, control.tol, alphas.mean());
    else if (!preconditioner)
        preconditioner = std::make_unique<DiagonalPreconditioner>(
            Z.standardized().row_squares(Z.factor()) / static_cast<double>(Z.rows()));
    return std::make_unique<ConjugateGradients>(Z, Y, form, std::move(preconditioner), options);
}

bool rough_gram_pays(const Design& X, const Matrix& alphas) {
    const double longer = static_cast<double>(std::max(X.rows(), X.cols())),
                 side = static_cast<double>(std::min(X.rows(), X.cols())),
                 tasks = static_cast<double>(alphas.size());
    if (!X.dense_view() || side < static_cast<double>(least_rough_side) ||
        side > static_cast<double>(largest_rough_side))
        return false;
    const bool tiles = TileBlock::available();
    const double rough = side * (tiles ? tile_pair_time : float_pair_time) +
                         tasks * (tiles ? 9.0 : 7.0) * read_entry_time;
    return longer * side * rough < longer * side * side * exact_pair_time;
}

bool rough_gram_serves(const RidgeDesign& Z, const Matrix& alphas) {
    const double side = static_cast<double>(std::min(Z.rows(), Z.cols()));
    return side > 0.0 && alphas.minCoeff() > least_rough_alpha * Z.mean_square().sum() / side;
}

std::unique_ptr<RidgeForm> make_lsmr(const RidgeDesign& Z, const Matrix& Y,
                                     const Control& control) {
    return std::make_unique<Lsmr>(
        Z, Y, IterationOptions{.tol = control.tol, .max_iter = control.max_iter});
}

SolverChoice choose_for_sparse(const RidgeDesign& Z, const Matrix& alphas, RidgeSolver direct,
                               const Control& control) {
    const SolverChoice directly{direct, direct, control.max_iter};
    const double side = static_cast<double>(std::min(Z.rows(), Z.cols()));
    const double alpha = alphas.size() ? alphas.minCoeff() : 0.0;
    if (side <= small_side || (alpha == 0.0 && side <= largest_side_without_penalty))
        return directly;
    if (alpha == 0.0) return {RidgeSolver::lsqr, RidgeSolver::cg, control.max_iter};
    if (side > largest_side) return {RidgeSolver::cg, RidgeSolver::lsqr, control.max_iter};
    const double entries = Z.standardized().pass_cost(), tasks = static_cast<double>(alphas.size());
    const double iterations = foreseen_iterations(Z, alpha, control.tol),
                 iteration_time = 2.0 * entry_time * entries;
    const double gram_time = copied_entry_time * entries + pair_time * count_pairs(Z),
                 solution = factor_time * side * side * side;
    const double direct_time = gram_time +
                               std::min(count_strengths(alphas), most_factors) * solution +
                               tasks * solution_time * side * side;
    if (direct_time < tasks * iterations * iteration_time) return directly;
    // What the direct way would have cost may be spent on trying.
    const double limit = std::max(patience * iterations, (gram_time + solution) / iteration_time);
    return {RidgeSolver::cg, direct,
            control.max_iter > 0 ? control.max_iter : static_cast<Index>(std::min(limit, 1e6)) + 1};
}

SwitchingForm::SwitchingForm(std::unique_ptr<RidgeForm> first,
                             std::function<std::unique_ptr<RidgeForm>()> make_second, double tol)
    : first_(std::move(first)), make_second_(std::move(make_second)), tol_(tol) {}

Index SwitchingForm::solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                           const std::function<bool()>& interrupted) {
    // Once it was needed, the second does the rest.
    if (second_) return second_->solve(tasks, out, interrupted);
    const Index solved = first_->solve(tasks, out, interrupted);
    std::vector<RidgeTask> open;
    std::vector<Index> places;
    for (Index k = 0; k < solved; ++k) {
        if (out.residual[k] <= tol_) continue;
        open.push_back(tasks[static_cast<std::size_t>(k)]);
        places.push_back(k);
    }
    if (open.empty()) return solved;
    second_ = make_second_();
    RidgeSolutions part(out.B.rows(), static_cast<Index>(open.size()));
    const Index done = second_->solve(open, part, interrupted);
    for (Index k = 0; k < done; ++k) {
        const Index place = places[static_cast<std::size_t>(k)];
        part.n_iter[k] += out.n_iter[place];
        if (part.residual[k] < out.residual[place])
            out.take_one(part, k, place);
        else
            out.n_iter[place] = part.n_iter[k];
    }
    return solved;
}

}  // namespace fastreg
