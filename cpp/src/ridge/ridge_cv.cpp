#include "fastreg/ridge/ridge_cv.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fastreg/ridge/ridge_data.hpp"

namespace fastreg {

namespace {

// Rows without weight are predicted like new ones, with the coefficients of all strengths.
void predict_unweighted(const RidgeSelectionProblem& problem, const RidgeData& data,
                        SpectralForm& form, const Control& control, RidgeScores& scores) {
    const Vector& root_weight = data.X.root_weight();
    if (!problem.predictions || root_weight.size() == 0 || root_weight.minCoeff() > 0.0) return;
    const Index targets = data.Y.count(), strengths = problem.alphas.size();
    std::vector<RidgeTask> tasks;
    for (const double alpha : problem.alphas)
        for (Index t = 0; t < targets; ++t) tasks.push_back({alpha, t});
    RidgeSolutions found(data.Z.cols(), strengths * targets);
    if (form.solve(tasks, found, control.interrupted) < strengths * targets) throw Interruption();
    RidgeResult path = empty_result(data, RidgeSolver::spectral, strengths);
    record(data, found, 0, strengths, path);
    finish(data, strengths, path);
    Matrix fitted(data.X.rows(), path.coefs.cols());
    problem.ridge.X.matvec(path.coefs, fitted);
    for (Index i = 0; i < fitted.rows(); ++i)
        if (root_weight[i] == 0.0)
            scores.predictions.col(i) =
                fitted.row(i).transpose() + path.intercepts.reshaped(fitted.cols(), 1);
}

}  // namespace

RidgeSelection ridge_cv(const RidgeSelectionProblem& problem, const Control& control) {
    validate(problem.ridge);
    const Index targets = problem.ridge.Y.cols();
    // Where rows are not more than what they determine, the dual form is the more accurate one.
    const bool primal = problem.ridge.X.rows() > problem.ridge.X.cols() + 1;
    const Index reads = problem.ridge.X.n_reads();
    RidgeData data(problem.ridge, primal ? statistics(problem.ridge, control) : std::nullopt);
    SpectralForm form(data.Z, data.Y, primal ? NormalForm::primal : NormalForm::dual,
                      data.statistics(), control.interrupted, 1);
    RidgeSelection result;
    const LeftOutRows rows{data.Z, data.Y.projected(), problem.ridge.Y, problem.predictions};
    RidgeScores scores = leave_one_out(form, rows, problem.alphas, control.interrupted);
    predict_unweighted(problem, data, form, control, scores);
    result.index = problem.choose(std::move(scores));
    if (static_cast<Index>(result.index.size()) != targets)
        throw std::invalid_argument("choose must give an index for each target");
    std::vector<RidgeTask> tasks;
    for (Index t = 0; t < targets; ++t) {
        const Index chosen = result.index[static_cast<std::size_t>(t)];
        if (chosen < 0 || chosen >= problem.alphas.size())
            throw std::invalid_argument("choose gave the index " + std::to_string(chosen) +
                                        ", but there are " + std::to_string(problem.alphas.size()) +
                                        " alphas");
        tasks.push_back({problem.alphas[chosen], t});
    }
    RidgeSolutions found(data.Z.cols(), targets);
    form.solve(tasks, found, control.interrupted);
    result.chosen = empty_result(data, RidgeSolver::spectral, 1);
    record(data, found, 0, 1, result.chosen);
    finish(data, 1, result.chosen);
    result.chosen.n_passes =
        problem.ridge.X.sequential() ? problem.ridge.X.n_reads() - reads : data.Z.n_passes();
    return result;
}

}  // namespace fastreg
