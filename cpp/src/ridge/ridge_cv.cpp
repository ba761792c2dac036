#include "fastreg/ridge/ridge_cv.hpp"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "fastreg/ridge/ridge_data.hpp"

namespace fastreg {

namespace {

// Relative residual for iterations, if a fit without a row is made by some.
constexpr double refit_tol = 1e-12;

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

// The problem without a row, as leave-one-out has it: the columns' scales stay, and n · alpha.
class WithoutRow {
public:
    WithoutRow(const RidgeSelectionProblem& problem, const RidgeData& data)
        : alphas_(problem.alphas),
          weight_(problem.ridge.sample_weight.size() ? problem.ridge.sample_weight
                                                     : Vector::Ones(data.X.rows())),
          factor_(problem.ridge.penalty_factor.size() ? problem.ridge.penalty_factor
                                                      : Vector::Ones(data.X.cols())),
          part_{.X = problem.ridge.X,
                .Y = problem.ridge.Y,
                .sample_weight = {},
                .standardize = {problem.ridge.standardize.fit_intercept, false},
                .penalty_factor = {},
                .alphas = {}} {
        for (Index j = 0; j < factor_.size(); ++j)
            factor_[j] =
                data.X.excluded(j) ? infinity : factor_[j] * data.X.scale()[j] * data.X.scale()[j];
        part_.penalty_factor = factor_;
    }

    // Predictions of the row, targets × strengths.
    Matrix predict(Index row, const std::vector<Index>& strengths, const Control& control) {
        const Index targets = part_.Y.cols(), count = static_cast<Index>(strengths.size());
        part_.sample_weight = weight_;
        part_.sample_weight[row] = 0.0;
        const double left = part_.sample_weight.sum();
        if (!(left > 0.0)) return Matrix::Zero(targets, count);
        part_.alphas = (weight_.sum() / left * alphas_(strengths)).replicate(1, targets);
        const RidgeResult path = ridge_path(part_, control);
        if (path.coefs.cols() < count * targets) throw Interruption();
        Matrix fitted(part_.X.rows(), path.coefs.cols());
        part_.X.matvec(path.coefs, fitted);
        return fitted.row(row).transpose().reshaped(targets, count) + path.intercepts;
    }

private:
    const Vector& alphas_;
    Vector weight_, factor_;
    RidgeProblem part_;
};

// Rows that a fit goes through whatever their targets are get a fit without them.
void fit_without_unresolved(const RidgeSelectionProblem& problem, const RidgeData& data,
                            Control control, RidgeScores& scores) {
    if (scores.unresolved.empty()) return;
    control.tol = refit_tol;
    const Index targets = data.Y.count();
    const Vector& root_weight = data.X.root_weight();
    WithoutRow without(problem, data);
    for (const auto& [row, strengths] : scores.unresolved) {
        const Matrix predictions = without.predict(row, strengths, control);
        const double root = root_weight.size() ? root_weight[row] : 1.0;
        for (Index k = 0; k < predictions.cols(); ++k) {
            const Index s = strengths[static_cast<std::size_t>(k)];
            const Vector error = root * (problem.ridge.Y.row(row).transpose() - predictions.col(k));
            scores.loo.col(s) += error.cwiseAbs2() / static_cast<double>(data.X.rows());
            if (problem.predictions)
                scores.predictions.col(row).segment(s * targets, targets) = predictions.col(k);
        }
    }
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
    fit_without_unresolved(problem, data, control, scores);
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
