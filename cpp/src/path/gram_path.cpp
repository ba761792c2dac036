#include "fastreg/path/gram_path.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "fastreg/path/solve_path.hpp"

namespace fastreg {

namespace {

// The cost model, in passes over X. The working-set solver reads X about `few` times and once more
// every `alphas_a_pass` alphas. The Gram matrix costs a pass for every `columns_a_pass` columns of
// a dense X, and for every 2 of a sparse one, where each column meets the entries of the others.
constexpr Index few = 3, alphas_a_pass = 4;
constexpr Index dense_columns_a_pass = 64, sparse_columns_a_pass = 2;
// Three matrices of p × p are kept; beyond so many bytes that must be little against the data.
constexpr double free_bytes = 32e6, memory_share = 0.3;

// The data of a problem, standardised.
class Residual {
public:
    explicit Residual(ElasticNetProblem problem)
        : problem_(std::move(problem)),
          design_(problem_.X, normalized_weight(problem_.sample_weight), problem_.standardize),
          residual_(problem_.y.size()) {
        design_.standardize_response(problem_.y);
    }

    double operator()(const Vector& coef, VectorRef correlation) {
        MatrixRef out(residual_);
        design_.matvec(coef, out);
        residual_ = problem_.y - residual_;
        design_.transpose_matvec(residual_, correlation);
        const double n = static_cast<double>(residual_.size());
        correlation /= n;
        return residual_.squaredNorm() / n;
    }

private:
    ElasticNetProblem problem_;
    StandardizedDesign design_;
    Vector residual_;
};

}  // namespace

PathResult gram_path(const GramProblem& problem, const AlphaGrid& grid, PathWatch& watch) {
    const auto columns = problem.columns ? problem.columns
                                         : std::make_shared<const GramColumns>(
                                               GramColumns::of(problem.stats, problem.standardize));
    return gram_path(StatsGram(problem.stats, columns), problem.terms, problem.coef_init,
                     problem.exact, grid, watch);
}

PathResult gram_path(const StandardizedGram& S, const PenaltyTerms& terms, const Vector& coef_init,
                     StatisticsSolver::Residual exact, const AlphaGrid& grid, PathWatch& watch) {
    validate(terms, S.cols());
    require_size(coef_init, S.cols(), "coef_init", true);
    const ElasticNetPenalty penalty = standardized_penalty(terms, S.scale());
    StatisticsSolver solver(S, penalty, std::move(exact));
    require_scale(solver.null_objective(), S.response_square() == 0.0);
    PathResult result = solve_path(solver,
                                   {S.center(), S.scale(), S.inverse_scale(),
                                    [&] { return Vector::Constant(1, S.response_mean()); }},
                                   penalty, terms, coef_init, grid, watch);
    result.n_passes = solver.n_passes();
    return result;
}

StatisticsSolver::Residual exact_residual(std::function<ElasticNetProblem()> problem) {
    return [problem = std::move(problem), data = std::shared_ptr<Residual>()](
               const Vector& coef, VectorRef correlation) mutable {
        if (!data) data = std::make_shared<Residual>(problem());
        return (*data)(coef, correlation);
    };
}

bool prefers_gram(const Design& X, Index n_alphas) {
    const bool dense = X.dense_view() != nullptr;
    if (!dense && !X.sparse()) return false;
    const Index n = X.rows(), p = X.cols();
    const double entries = X.pass_cost(), bytes = 8.0 * entries;
    const double kept = 24.0 * static_cast<double>(p) * static_cast<double>(p);
    const Index passes = few + n_alphas / alphas_a_pass;
    const Index most = passes * (dense ? dense_columns_a_pass : sparse_columns_a_pass);
    return n >= 2 * p && p <= most && (kept <= free_bytes || kept <= memory_share * bytes);
}

std::optional<PathResult> elastic_net_path_by_gram(const ElasticNetProblem& problem,
                                                   const AlphaGrid& grid, PathWatch& watch) {
    const auto stats = gram_stats(problem.X, problem.y, normalized_weight(problem.sample_weight),
                                  watch.solve_control());
    if (!stats) return std::nullopt;
    return elastic_net_path_by_gram(problem, *stats, 0, grid, watch);
}

PathResult elastic_net_path_by_gram(const ElasticNetProblem& problem, const GramStats& stats,
                                    Index response, const AlphaGrid& grid, PathWatch& watch) {
    const GramProblem reduced{.stats = {stats, response},
                              .standardize = problem.standardize,
                              .terms = problem.terms(),
                              .coef_init = problem.coef_init,
                              .exact = exact_residual([&] { return problem; })};
    PathResult result = gram_path(reduced, grid, watch);
    result.n_passes += result.n_passes > 0 ? 2 : 1;  // the statistics, and the columns' moments
    return result;
}

}  // namespace fastreg
