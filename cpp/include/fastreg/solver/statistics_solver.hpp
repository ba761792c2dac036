// One alpha of the gaussian elastic net from the full Gram matrix, without X: the rounds of
// point_loop.hpp with correlations c̃ − G̃ b.
//
// Features that were never active cost one entry of that product and a comparison; the working set's
// own Gram matrix is a compact copy.
//
// What the Gram form loses are digits of the correlations, which come out as differences. With the
// coefficients d away from those where the correlations were last known well (the *anchor*: b = 0 at
// first), the error of x̃_jᵀ r / n is of the order of epsilon · ‖x̃_j‖ (‖r‖ + Σ ‖x̃_k‖ |d_k|) / n. The
// reported gap is taken for correlations that are larger by a bound of that, so it holds for the
// data; ‖r‖² needs no digits beyond those of the null objective, which it has. Where the bound
// keeps the gap above tol and X is at hand, correlations are computed from X and become the anchor:
// one step of iterative refinement, two passes. Without X the solve ends as stalled.
#pragma once

#include <functional>
#include <vector>

#include "fastreg/gram/standardized_gram.hpp"
#include "fastreg/solver/gram_solver.hpp"
#include "fastreg/solver/point_loop.hpp"

namespace fastreg {

// What a solver keeps between rounds. The next solver of the same thread takes over the memory: tiny
// problems would spend more time on asking for it than on numbers.
struct StatisticsMemory {
    std::vector<Index> features_;  // the working set
    std::vector<bool> member_;
    QuadraticModel model_;
    GramSolver inner_;
    std::vector<CoordinatePenalty> entered_;   // penalties of the working set
    mutable std::vector<Index> counted_;       // features that make up a gap
    Vector coef_;                              // all features; mirrors the model's
    Vector product_;                           // G̃ coef
    Vector linear_;                            // correlation = linear − product
    Vector correlation_;                       // of all features
    Vector anchor_coef_, anchor_correlation_;  // empty while the anchor is b = 0
};

class StatisticsSolver : public PointLoop<StatisticsSolver>, private StatisticsMemory {
public:
    // correlation = X̃ᵀ r / n for the residual r of these coefficients; returns ‖r‖² / n.
    using Residual = std::function<double(const Vector& coef, VectorRef correlation)>;

    // `exact` may be empty: then the statistics are all that is known.
    StatisticsSolver(const StandardizedGram& S, ElasticNetPenalty penalty, Residual exact);
    ~StatisticsSolver();
    StatisticsSolver(const StatisticsSolver&) = delete;
    StatisticsSolver& operator=(const StatisticsSolver&) = delete;

    // These mean what they do in ScreenedSolver.
    void solve_null(const Control& control);
    void warm_start(const Vector& coef);
    double null_objective() const { return 0.5 * model_.constant; }
    double deviance_ratio() const;
    const Vector& correlation() const { return correlation_; }
    Index n_passes() const { return n_passes_; }
    template <class Visit>
    void for_each_coefficient(Visit visit) const {
        for (Index j = 0; j < coef_.size(); ++j)
            if (coef_[j] != 0.0) visit(j, coef_[j]);
    }

private:
    friend PointLoop<StatisticsSolver>;
    // Points between are cheap, and each feature costs entries with all others: see PointLoop.
    static constexpr Index most_entering = 24;
    static constexpr Index bold_entering = 12;

    CoordinatePenalty penalty_at(double alpha, Index j) const {
        return alpha == infinity ? penalty_.at_infinity(j) : penalty_.at(alpha, j);
    }
    void set_coefficients(const Vector& coef);
    void reserve(Index size);
    void add(const std::vector<Index>& features);
    void enter(const std::vector<Index>& features, double alpha);
    void evaluate();
    void anchor();
    double error_bound() const;
    double relative_gap(double alpha) const;
    bool anchored() const { return anchor_coef_.size() > 0; }
    // Of a coefficient since the anchor.
    double moved(Index j) const { return anchored() ? coef_[j] - anchor_coef_[j] : coef_[j]; }
    template <class Visit>
    void for_each_beyond(const Vector& correlation, double error, double alpha, Visit visit) const;
    std::vector<Index> unpenalised(double alpha) const;
    double project_off(const std::vector<Index>& free, double alpha, Vector& correlation) const;
    bool is_pulled(Index j, double alpha) const;
    std::vector<Index> violators(double alpha) const;
    Index n_pulled(double alpha) const;
    void look(double) {}  // all correlations are known
    void evaluate(double, const Control&) { evaluate(); }
    Index solve_working_set(double tol, Index limit, const Control& control) {
        const bool warm = !model_.coef.head(model_.size).isZero(0.0);
        return inner_.solve(model_, tol, limit, control, warm ? Start::warm : Start::cold).sweeps;
    }
    bool sharpen();
    bool gradual() const { return false; }

    const StandardizedGram& S_;
    ElasticNetPenalty penalty_;
    Residual exact_;
    double residual_square_;
    double anchor_square_;
    Index n_passes_ = 0;
};

}  // namespace fastreg
