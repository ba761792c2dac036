#include "fastreg/many/score_curve.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace fastreg {

ScoreCurve::ScoreCurve(Vector fold_weights, bool greater_is_better)
    : weights_(std::move(fold_weights)), greater_is_better_(greater_is_better) {}

void ScoreCurve::append(const Matrix& scores) {
    const double total = weights_.sum();
    const auto counted = static_cast<double>((weights_.array() > 0.0).count());
    for (Index k = 0; k < scores.cols(); ++k) {
        double mean = 0.0, variance = 0.0;
        for (Index fold = 0; fold < weights_.size(); ++fold)
            if (weights_[fold] > 0.0) mean += weights_[fold] / total * scores(fold, k);
        for (Index fold = 0; fold < weights_.size(); ++fold)
            if (weights_[fold] > 0.0)
                variance += weights_[fold] / total * std::pow(scores(fold, k) - mean, 2);
        mean_.push_back(mean);
        error_.push_back(std::sqrt(variance / std::max(counted - 1.0, 1.0)));
        loss_.push_back(!std::isfinite(mean) ? infinity : greater_is_better_ ? -mean : mean);
    }
}

Index ScoreCurve::best() const {
    return std::min_element(loss_.begin(), loss_.end()) - loss_.begin();
}

Index ScoreCurve::choose(const Allowance& allowance) const {
    const auto at = static_cast<std::size_t>(best());
    double allowed = loss_[at];
    if (allowance.errors > 0.0) allowed += allowance.errors * error_[at];
    if (allowance.share > 0.0) allowed += allowance.share * std::abs(loss_[at]);
    const auto within = [&](double loss) { return loss <= allowed; };
    const auto first = std::find_if(loss_.begin(), loss_.end(), within);
    return first == loss_.end() ? 0 : first - loss_.begin();
}

bool ScoreCurve::has_turned(Index behind) const {
    const Index place = best();
    const auto at = static_cast<std::size_t>(place);
    return size() - 1 - place >= behind && loss_.back() > loss_[at] + error_[at];
}

bool ScoreCurve::is_flat(double rounding) const {
    const double least = loss_[static_cast<std::size_t>(best())];
    return std::all_of(loss_.begin(), loss_.end(),
                       [&](double loss) { return loss <= least + rounding * std::abs(least); });
}

}  // namespace fastreg
