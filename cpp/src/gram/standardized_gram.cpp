#include "fastreg/gram/standardized_gram.hpp"

#include <stdexcept>
#include <string>

namespace fastreg {

StandardizedGram::StandardizedGram(const GramView& stats, StandardizeOptions options)
    : stats_(stats),
      fit_intercept_(options.fit_intercept),
      center_(fit_intercept_ ? Vector(stats.x_mean) : Vector::Zero(stats.x_mean.size())),
      scale_(center_.size()),
      inverse_scale_(center_.size()),
      mean_square_(center_.size()) {
    for (Index j = 0; j < cols(); ++j) {
        const double mean = stats.x_mean[j], variance = stats.gram(j, j) / stats.weight;
        scale_[j] = column_scale(mean, variance, options);
        inverse_scale_[j] = excluded(j) ? 0.0 : 1.0 / scale_[j];
        const double square = fit_intercept_ ? variance : variance + mean * mean;
        mean_square_[j] = square * inverse_scale_[j] * inverse_scale_[j];
        if (!std::isfinite(scale_[j]) || !std::isfinite(mean_square_[j]))
            throw std::invalid_argument("the entries of column " + std::to_string(j) +
                                        " of X are too large: their squares overflow");
    }
}

double StandardizedGram::response_square() const {
    const double mean = stats_.y_mean;
    return stats_.yty / stats_.weight + (fit_intercept_ ? 0.0 : mean * mean);
}

Vector StandardizedGram::linear() const {
    Vector c = stats_.xty / stats_.weight;
    if (!fit_intercept_) c += stats_.y_mean * stats_.x_mean;
    return c.cwiseProduct(inverse_scale_);
}

double StandardizedGram::entry(Index i, Index j) const {
    const double means = fit_intercept_ ? 0.0 : stats_.x_mean[i] * stats_.x_mean[j];
    return (stats_.gram(i, j) / stats_.weight + means) * inverse_scale_[i] * inverse_scale_[j];
}

void StandardizedGram::product(Features J, const ConstVectorRef& b, VectorRef out) const {
    out.setZero();
    double shift = 0.0;
    for (std::size_t k = 0; k < J.size(); ++k) {
        const double raw = b[static_cast<Index>(k)] * inverse_scale_[J[k]];
        if (raw == 0.0) continue;
        out.noalias() += (raw / stats_.weight) * stats_.gram.col(J[k]);
        shift += raw * stats_.x_mean[J[k]];
    }
    if (!fit_intercept_) out += shift * stats_.x_mean;
    out.array() *= inverse_scale_.array();
}

}  // namespace fastreg
