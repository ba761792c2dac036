// Means and standard errors of folds, what rules choose from them, and scores by their definition.
#include "fastreg/many/score_curve.hpp"

#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "fastreg/many/fit_scores.hpp"

#include "check.hpp"

namespace {

using check::random_matrix;
using fastreg::Allowance;
using fastreg::Index;
using fastreg::Matrix;
using fastreg::ScoreCurve;
using fastreg::Scorer;
using fastreg::Vector;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

void means_leave_out_folds_without_weight() {
    Vector weights(3);
    weights << 1.0, 3.0, 0.0;
    ScoreCurve curve(weights, false);
    Matrix scores(3, 2);
    scores << 2.0, 4.0, 6.0, 4.0, nan, nan;
    curve.append(scores);
    check::that(curve.mean()[0] == 5.0 && curve.mean()[1] == 4.0, "means");
    // Σ share (score − mean)² = 3, by one fold less than count.
    check::that(std::abs(curve.error()[0] - std::sqrt(3.0)) < 1e-15, "standard error");
    check::that(curve.best() == 1, "best");
}

ScoreCurve of_two_folds(const std::vector<double>& mean, double error, bool greater = false) {
    ScoreCurve curve(Vector::Ones(2), greater);
    Matrix scores(2, static_cast<Index>(mean.size()));
    for (std::size_t k = 0; k < mean.size(); ++k) {
        scores(0, static_cast<Index>(k)) = mean[k] - error;
        scores(1, static_cast<Index>(k)) = mean[k] + error;
    }
    curve.append(scores);
    return curve;
}

void rules_choose_the_largest_strength_that_is_as_good() {
    const auto curve = of_two_folds({5.0, 3.5, 3.05, 3.0, 3.2, 4.0}, 0.6);
    check::that(curve.choose({}) == 3, "min");
    check::that(curve.choose({.errors = 1.0}) == 1, "1se");
    check::that(curve.choose({.share = 0.02}) == 2, "2pct");
    const auto greater = of_two_folds({0.1, 0.7, 0.9, 0.8}, 0.25, true);
    check::that(greater.choose({}) == 2 && greater.choose({.errors = 1.0}) == 1, "greater");
    const auto undefined = of_two_folds({nan, 2.0, nan, 1.0}, 0.0);
    check::that(undefined.choose({.errors = 1.0}) == 3, "NaN is never chosen");
    check::that(of_two_folds({nan, nan}, 0.0).choose({}) == 0, "the first where there is none");
}

void turns_and_flat_curves() {
    const auto curve = of_two_folds({5.0, 3.0, 3.1, 3.4}, 0.3);
    check::that(curve.has_turned(2) && !curve.has_turned(3), "how far behind");
    check::that(!of_two_folds({5.0, 3.0, 3.1, 3.2}, 0.3).has_turned(2), "within an error");
    check::that(of_two_folds({2.0, 2.0 + 1e-13}, 0.0).is_flat(1e-12), "flat");
    check::that(!curve.is_flat(1e-12), "not flat");
}

void area_is_the_share_of_ordered_pairs() {
    const Index n = 60;
    Vector eta = (random_matrix(n, 1, 1) * 2.0).array().round();
    const Vector weight = random_matrix(n, 1, 2).cwiseAbs();
    Vector y(n);
    for (Index i = 0; i < n; ++i) y[i] = i % 3 == 0 ? 1.0 : 0.0;
    double ordered = 0.0, all = 0.0;
    for (Index a = 0; a < n; ++a)
        for (Index b = 0; b < n; ++b) {
            if (y[a] != 1.0 || y[b] != 0.0) continue;
            all += weight[a] * weight[b];
            ordered += weight[a] * weight[b] *
                       (eta[a] > eta[b]    ? 1.0
                        : eta[a] == eta[b] ? 0.5
                                           : 0.0);
        }
    const double area = Scorer("auc", "binomial").scores(eta, y, weight)[0];
    check::that(std::abs(area - ordered / all) < 1e-14, "area under the curve");
}

void families_have_their_scores() {
    for (const char* name : {"auc", "mse", "r2"}) {
        bool thrown = false;
        try {
            Scorer(name, std::string(name) == "auc" ? "gaussian" : "binomial");
        } catch (const std::invalid_argument&) {
            thrown = true;
        }
        check::that(thrown, std::string(name) + " is refused");
    }
    check::that(Scorer("deviance", "gaussian").is_squares(), "deviance of least squares");
    check::that(!Scorer("mse", "poisson").is_squares(), "squares of means");
}

}  // namespace

int main() {
    means_leave_out_folds_without_weight();
    rules_choose_the_largest_strength_that_is_as_good();
    turns_and_flat_curves();
    area_is_the_share_of_ordered_pairs();
    families_have_their_scores();
    return check::report("score_curve");
}
