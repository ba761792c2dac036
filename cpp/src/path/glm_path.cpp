#include "fastreg/path/glm_path.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <utility>

#include "fastreg/path/solve_path.hpp"
#include "fastreg/solver/generalized.hpp"
#include "fastreg/solver/screened_solver.hpp"

namespace fastreg {

namespace {

std::unique_ptr<Loss> make_loss(Family family) {
    switch (family) {
        case Family::binomial:
            return std::make_unique<BinomialLoss>();
        case Family::poisson:
            return std::make_unique<PoissonLoss>();
        default:
            throw std::invalid_argument("there is no such family");
    }
}

// The logarithm of the weighted mean of e^offset.
double log_mean_exp(const Vector& offset, const Vector& weight) {
    if (offset.size() == 0) return 0.0;
    double largest = -infinity, sum = 0.0, total = 0.0;
    const auto w = [&](Index i) { return weight.size() ? weight[i] : 1.0; };
    for (Index i = 0; i < offset.size(); ++i)
        if (w(i) > 0.0) largest = std::max(largest, offset[i]);
    for (Index i = 0; i < offset.size(); ++i) {
        if (w(i) > 0.0) sum += w(i) * std::exp(offset[i] - largest);
        total += w(i);
    }
    return largest + std::log(sum / total);
}

// A number near the best intercept of the null model, and it without an offset: Newton's method begins
// there, however large counts or offsets are.
double guess_intercept(const GlmProblem& problem) {
    if (!problem.data.standardize.fit_intercept) return 0.0;
    const Vector& w = problem.data.sample_weight;
    const auto mean = [&](const Vector& v) { return w.size() ? w.dot(v) / w.sum() : v.mean(); };
    const double y = mean(problem.data.y);
    const double guess =
        problem.family == Family::poisson
            ? std::log(y) - log_mean_exp(problem.offset, w)
            : std::log(y) - std::log1p(-y) - (problem.offset.size() ? mean(problem.offset) : 0.0);
    return std::isfinite(guess) ? guess : 0.0;
}

// The offset and the guess.
Vector shifted_offset(const GlmProblem& problem, double guess) {
    if (problem.offset.size()) return problem.offset.array() + guess;
    return guess == 0.0 ? Vector() : Vector::Constant(problem.data.X.rows(), guess);
}

// The problem in the coordinates of the solver.
struct Prepared {
    Prepared(const GlmProblem& problem, Index n_threads)
        : loss(make_loss(problem.family)),
          pool(n_threads),
          X(problem.data.X, normalized_weight(problem.data.sample_weight), problem.data.standardize,
            &pool),
          penalty(standardized_penalty(problem.data.terms(), X.scale())),
          guess(guess_intercept(problem)),
          response{.y = problem.data.y,
                   .weight = normalized_weight(problem.data.sample_weight),
                   .offset = shifted_offset(problem, guess),
                   .fit_intercept = problem.data.standardize.fit_intercept} {
        auto inner = std::make_unique<GeneralizedSolver>(X, *loss, response);
        model = &inner->model();
        solver = std::make_unique<ScreenedSolver>(X, std::move(inner), penalty);
    }

    std::unique_ptr<Loss> loss;
    ThreadPool pool;
    StandardizedDesign X;
    ElasticNetPenalty penalty;
    double guess;  // is part of the offset
    Response response;
    const GlmModel* model;
    std::unique_ptr<ScreenedSolver> solver;
};

void validate(const GlmProblem& problem) {
    validate(problem.data);
    require_size(problem.offset, problem.data.X.rows(), "offset", true);
}

}  // namespace

PathResult glm_path(const GlmProblem& problem, const AlphaGrid& grid, const Control& control) {
    validate(problem);
    PathWatch watch(control);
    const Prepared p(problem, control.n_threads);
    const Coordinates coordinates{p.X.center(), p.X.scale(), p.X.inverse_scale(), [&] {
                                      return Vector::Constant(1, p.guess + p.model->intercept());
                                  }};
    PathResult result = solve_path(*p.solver, coordinates, p.penalty, problem.data.terms(),
                                   problem.data.coef_init, grid, watch);
    if (problem.data.X.sequential()) result.n_passes = problem.data.X.n_reads();
    return result;
}

double glm_alpha_max(const GlmProblem& problem) {
    validate(problem);
    const Prepared p(problem, 1);
    p.solver->solve_null(Control{});
    return alpha_max(p.solver->correlation(), p.penalty);
}

}  // namespace fastreg
