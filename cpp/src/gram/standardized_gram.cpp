#include "fastreg/gram/standardized_gram.hpp"

#include <array>
#include <cmath>
#include <stdexcept>
#include <string>

namespace fastreg {

namespace {

// Columns that are added in one reading of the sums.
constexpr std::size_t together = 8;

double response_square_of(const GramView& stats, bool fit_intercept) {
    const double mean = stats.y_mean;
    return stats.yty / stats.weight + (fit_intercept ? 0.0 : mean * mean);
}

}  // namespace

GramColumns::GramColumns(const ConstVectorRef& mean, const ConstVectorRef& variance,
                         StandardizeOptions options)
    : fit_intercept(options.fit_intercept),
      scale(mean.size()),
      inverse_scale(mean.size()),
      mean_square(mean.size()),
      root_mean_square(mean.size()) {
    if (fit_intercept)
        center = mean;
    else
        center = Vector::Zero(mean.size());
    for (Index j = 0; j < mean.size(); ++j) {
        scale[j] = column_scale(mean[j], variance[j], options);
        inverse_scale[j] = scale[j] == 0.0 ? 0.0 : 1.0 / scale[j];
        const double square = fit_intercept ? variance[j] : variance[j] + mean[j] * mean[j];
        mean_square[j] = square * inverse_scale[j] * inverse_scale[j];
        root_mean_square[j] = std::sqrt(mean_square[j]);
        if (!std::isfinite(scale[j]) || !std::isfinite(mean_square[j]))
            throw std::invalid_argument("the entries of column " + std::to_string(j) +
                                        " of X are too large: their squares overflow");
    }
}

GramColumns GramColumns::of(const GramView& stats, StandardizeOptions options) {
    require_weight(stats.weight);
    return {stats.x_mean, stats.gram.diagonal() / stats.weight, options};
}

std::shared_ptr<const GramColumns> GramColumns::shared(const GramView& stats,
                                                       StandardizeOptions options) {
    try {
        return std::make_shared<const GramColumns>(of(stats, options));
    } catch (const std::invalid_argument&) {
        return nullptr;
    }
}

StatsGram::StatsGram(const GramView& stats, StandardizeOptions options)
    : StatsGram(stats, std::make_shared<const GramColumns>(GramColumns::of(stats, options))) {}

StatsGram::StatsGram(const GramView& stats, std::shared_ptr<const GramColumns> columns)
    : StandardizedGram(columns, stats.y_mean, response_square_of(stats, columns->fit_intercept)),
      stats_(stats) {}

Vector StatsGram::linear() const {
    if (fit_intercept()) return (stats_.xty / stats_.weight).cwiseProduct(inverse_scale());
    return (stats_.xty / stats_.weight + stats_.y_mean * stats_.x_mean)
        .cwiseProduct(inverse_scale());
}

void StatsGram::entries(Features J, Features K, MatrixRef out) const {
    const std::size_t old = J.size() - K.size();
    const Vector& inverse = inverse_scale();
    for (std::size_t c = 0; c < K.size(); ++c) {
        const double* column = stats_.gram.col(K[c]).data();
        double* to = out.col(static_cast<Index>(c)).data();
        const double factor = inverse[K[c]] / stats_.weight;
        const double mean = fit_intercept() ? 0.0 : stats_.x_mean[K[c]] * inverse[K[c]];
        const auto fill = [&](std::size_t first, std::size_t last) {
            for (std::size_t k = first; k < last; ++k)
                to[k] = column[J[k]] * (factor * inverse[J[k]]);
            if (mean == 0.0) return;
            for (std::size_t k = first; k < last; ++k)
                to[k] += mean * stats_.x_mean[J[k]] * inverse[J[k]];
        };
        fill(0, old);
        fill(old + c, J.size());
    }
}

void StatsGram::product(Features J, const ConstVectorRef& b, VectorRef out) const {
    out.setZero();
    std::array<const double*, together> columns{};
    std::array<double, together> factors{};
    std::size_t count = 0;
    double shift = 0.0;
    for (std::size_t k = 0; k < J.size(); ++k) {
        const double raw = b[static_cast<Index>(k)] * inverse_scale()[J[k]];
        if (raw == 0.0) continue;
        shift += raw * stats_.x_mean[J[k]];
        columns[count] = stats_.gram.col(J[k]).data();
        factors[count] = raw / stats_.weight;
        if (++count < together) continue;
        add_columns(columns, factors.data(), out);
        count = 0;
    }
    add_columns(std::span(columns).first(count), factors.data(), out);
    if (!fit_intercept()) out += shift * stats_.x_mean;
    out.array() *= inverse_scale().array();
}

void add_columns(std::span<const double* const> columns, const double* factors, VectorRef out) {
    const auto column = [&](std::size_t k) {
        return Eigen::Map<const Vector>(columns[k], out.size());
    };
    const auto four = [&](std::size_t k) {
        return (factors[k] * column(k) + factors[k + 1] * column(k + 1)) +
               (factors[k + 2] * column(k + 2) + factors[k + 3] * column(k + 3));
    };
    std::size_t k = 0;
    for (; k + together <= columns.size(); k += together) out += four(k) + four(k + 4);
    for (; k + 4 <= columns.size(); k += 4) out += four(k);
    for (; k < columns.size(); ++k) out += factors[k] * column(k);
}

}  // namespace fastreg
