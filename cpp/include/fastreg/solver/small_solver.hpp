// One alpha of the elastic net of a few features from their statistics, for those who have thousands
// of such problems: what StatisticsSolver does, without working set, factor to keep and memory to
// ask for, each of which would cost more than the numbers.
//
// All features are looked at in every sweep of coordinate descent (Friedman, Hastie and Tibshirani
// 2010); after a few the support and its signs are likely found, and a Newton step solves for it. The
// step ends at the first coefficient that would change its sign. Columns are padded to whole packets.
//
// Where that doesn't end at the tolerance after a few rounds, as on columns that depend on each
// other, the general solver is to be asked.
#pragma once

#include <array>

#include "fastreg/gram/standardized_gram.hpp"
#include "fastreg/penalty/elastic_net.hpp"
#include "fastreg/solver/point_loop.hpp"

namespace fastreg {

class SmallSolver {
public:
    static constexpr Index most_features = 32;
    // Sweeps that a solve takes at most.
    static constexpr Index most_sweeps = 32;

    // False where the columns or the response need the general solver's care: too large, or constant.
    bool load(const GramView& stats, StandardizeOptions options);

    // The largest correlation of the null model.
    double largest_correlation() const;
    double null_objective() const { return 0.5 * response_square_; }
    // From the coefficients of the raw columns; empty: from zero. Converged, or the status is stalled.
    PointReport solve(double alpha, double l1_ratio, double tol, const Vector& coef_init);

    double deviance_ratio() const { return 1.0 - residual_square_ / response_square_; }
    // visit(j, b) with the coefficient b ≠ 0 of raw column j, in order.
    template <class Visit>
    void for_each_coefficient(Visit visit) const {
        for (Index j = 0; j < size_; ++j)
            if (coef_[at(j)] != 0.0) visit(j, coef_[at(j)] * inverse_scale_[at(j)]);
    }

private:
    using Numbers = std::array<double, most_features>;
    static constexpr Index lanes = 8;

    static std::size_t at(Index j) { return static_cast<std::size_t>(j); }
    double* gram(Index j) { return gram_.data() + j * stride_; }
    const double* gram(Index j) const { return gram_.data() + j * stride_; }
    void add(const double* column, double factor, double* to, Index first = 0) const;
    void start(const Vector& coef_init);
    void sweep();
    void refresh();
    bool step_support();
    bool factor(Index count);
    void back_solve(Index count);
    double relative_gap() const;

    Index size_ = 0, stride_ = 0;
    double response_square_ = 0.0, residual_square_ = 0.0;
    CoordinatePenalty penalty_;
    alignas(64) std::array<double, most_features * most_features> gram_{};  // G̃
    alignas(64) std::array<double, most_features * most_features> lower_{};
    alignas(64) Numbers linear_{}, correlation_{}, coef_{}, step_{};
    alignas(64) Numbers scale_{}, inverse_scale_{}, root_mean_square_{}, inverse_curvature_{};
    Numbers inverse_pivot_{};
    std::array<Index, most_features> support_{};
};

}  // namespace fastreg
