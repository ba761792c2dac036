#include "fastreg/gram/weighted_rows.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "fastreg/design/dense.hpp"

namespace fastreg {

namespace {

// So much of a mean square must be variance: digits lost are those of a factor of 1 / share.
constexpr double least_share = 0.5;
// Of descent before entries of the Gram matrix are formed.
constexpr int sweeps = 3;
// Rows that are packed at once.
constexpr Index block_depth = 512;

// About `origin`, E[(x − E x)²]; nothing where it is a small difference of large numbers. A column
// that is its origin throughout has exactly 0.
std::optional<double> variance_of(double mean, double mean_square) {
    const double variance = mean_square - mean * mean;
    if (mean_square == 0.0) return 0.0;
    if (!(variance >= least_share * mean_square)) return std::nullopt;
    return variance;
}

}  // namespace

WeightedRows::WeightedRows(const DenseView& X, const Vector& y, const Vector& total,
                           StandardizeOptions options)
    : options_(options), origin_(Vector::Zero(X.cols)), X_(X.rows, X.cols), y_(y) {
    const DenseDesign design(X);
    std::vector<Index> all(static_cast<std::size_t>(X.cols));
    std::iota(all.begin(), all.end(), Index{0});
    MatrixRef spread(X_);
    design.columns(all, spread);
    if (options.fit_intercept) {
        origin_ = design.column_moments(total).mean;
        X_.rowwise() -= origin_.transpose();
        // Taken about a value, so that a constant response becomes exactly zero.
        y_origin_ = y[0] + total.dot((y.array() - y[0]).matrix()) / total.sum();
        y_.array() -= y_origin_;
    }
    squares_ = X_.cwiseAbs2();
}

std::vector<WeightedRows::Sample> WeightedRows::samples(const ConstMatrixRef& weights) const {
    const Index count = weights.cols(), p = X_.cols();
    // Beside each other: weights, and weights times the response.
    Matrix right(X_.rows(), 2 * count);
    for (Index k = 0; k < count; ++k) {
        right.col(k) = weights.col(k) / weights.col(k).sum();
        right.col(count + k) = right.col(k).cwiseProduct(y_);
    }
    Matrix first(p, 2 * count), second(p, count);
    first.noalias() = X_.transpose() * right;
    second.noalias() = squares_.transpose() * right.leftCols(count);
    std::vector<Sample> samples;
    for (Index k = 0; k < count; ++k)
        samples.push_back({.weight = right.col(k),
                           .mean = first.col(k),
                           .mean_square = second.col(k),
                           .with_response = first.col(count + k),
                           .y_mean = right.col(count + k).sum(),
                           .y_square = right.col(count + k).dot(y_)});
    return samples;
}

std::optional<GramColumns> WeightedRows::columns(const Sample& sample) const {
    const bool about_means = options_.fit_intercept || options_.standardize;
    Vector variance(sample.mean.size());
    for (Index j = 0; j < variance.size(); ++j) {
        const double mean = sample.mean[j], square = sample.mean_square[j];
        const auto found = about_means ? variance_of(mean, square)
                                       : std::optional(std::max(0.0, square - mean * mean));
        if (!found) return std::nullopt;
        variance[j] = *found;
    }
    if (options_.fit_intercept && !variance_of(sample.y_mean, sample.y_square)) return std::nullopt;
    return GramColumns(origin_ + sample.mean, variance, options_);
}

WeightedGram::WeightedGram(const WeightedRows& rows, const WeightedRows::Sample& sample,
                           std::shared_ptr<const GramColumns> columns, Memory& memory)
    : StandardizedGram(columns, rows.y_origin() + sample.y_mean,
                       columns->fit_intercept ? sample.y_square - sample.y_mean * sample.y_mean
                                              : sample.y_square),
      rows_(rows),
      sample_(sample),
      memory_(memory) {}

Vector WeightedGram::linear() const {
    if (!fit_intercept()) return sample_.with_response.cwiseProduct(inverse_scale());
    return (sample_.with_response - sample_.y_mean * sample_.mean).cwiseProduct(inverse_scale());
}

void WeightedGram::entries(Features J, Features K, MatrixRef out) const {
    multiply(J, K);
    const std::size_t old = J.size() - K.size();
    for (std::size_t c = 0; c < K.size(); ++c) {
        const double mean = fit_intercept() ? sample_.mean[K[c]] : 0.0;
        const double scale = inverse_scale()[K[c]];
        for (std::size_t r = 0; r < J.size(); r = r + 1 == old ? old + c : r + 1) {
            const auto at = static_cast<Index>(r), own = static_cast<Index>(c);
            out(at, own) = (memory_.products(own, at) - mean * sample_.mean[J[r]]) *
                           (scale * inverse_scale()[J[r]]);
        }
    }
}

// memory_.products(c, r) = Σ w x_K[c] x_J[r], where K are the last of J and r is no earlier than c's
// own place among them.
void WeightedGram::multiply(Features J, Features K) const {
    const Index width = PanelBlock::width, n = rows_.X().rows();
    const auto count = static_cast<Index>(K.size()), old = static_cast<Index>(J.size()) - count;
    const Index n_panels = (count + width - 1) / width, depth = std::min(n, block_depth);
    if (n_panels * depth > memory_.room) {
        memory_.room = std::max(n_panels * depth, 2 * memory_.room);
        memory_.block.emplace(memory_.room, 1);
    }
    memory_.products.setZero(n_panels * width, old + count);
    for (Index first = 0; first < n; first += depth) {
        pack(K, first, std::min(depth, n - first));
        memory_.columns.clear();
        for (Index j : J) memory_.columns.push_back(&rows_.X()(first, j));
        const std::span<const double* const> columns(memory_.columns);
        memory_.block->add_product(columns.first(static_cast<std::size_t>(old)), n_panels,
                                   memory_.products.leftCols(old));
        for (Index panel = 0; panel < n_panels; ++panel) {
            const Index begin = old + panel * width, own = std::min(width, old + count - begin);
            memory_.block->add_product(
                columns.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(own)),
                panel + 1, memory_.products.middleCols(begin, own));
        }
    }
}

// Rows first … first + depth − 1 of the columns K, times their weights.
void WeightedGram::pack(Features K, Index first, Index depth) const {
    const auto count = static_cast<Index>(K.size());
    memory_.gathered.resize(depth, count);
    for (Index c = 0; c < count; ++c)
        memory_.gathered.col(c) =
            rows_.X().col(K[static_cast<std::size_t>(c)]).segment(first, depth);
    memory_.factors.assign(K.size(), 0.0);
    memory_.block->set_depth(depth);
    memory_.block->pack_by_column(memory_.gathered.data(), depth, count, memory_.factors.data(),
                                  sample_.weight.data() + first, 0);
}

// memory_.rows = X b, of the standardised columns but not about their means.
void WeightedGram::combine(Features J, const ConstVectorRef& b) const {
    memory_.columns.clear();
    memory_.factors.clear();
    for (std::size_t k = 0; k < J.size(); ++k) {
        const double raw = b[static_cast<Index>(k)] * inverse_scale()[J[k]];
        if (raw == 0.0) continue;
        memory_.columns.push_back(rows_.X().col(J[k]).data());
        memory_.factors.push_back(raw);
    }
    memory_.rows.setZero(rows_.X().rows());
    add_columns(memory_.columns, memory_.factors.data(), memory_.rows);
}

// out = X̃ᵀ W v for the rows v in memory, which lose their mean.
void WeightedGram::correlate(VectorRef out) const {
    auto& rows = memory_.rows;
    if (fit_intercept()) rows.array() -= sample_.weight.dot(rows);
    memory_.weighted = rows.cwiseProduct(sample_.weight);
    out.noalias() = rows_.X().transpose() * memory_.weighted;
    if (fit_intercept()) out -= memory_.weighted.sum() * sample_.mean;
    out.array() *= inverse_scale().array();
}

void WeightedGram::product(Features J, const ConstVectorRef& b, VectorRef out) const {
    combine(J, b);
    correlate(out);
}

double WeightedGram::residual(const Vector& coef, VectorRef correlation) const {
    std::vector<Index> support;
    for (Index j = 0; j < coef.size(); ++j)
        if (coef[j] != 0.0) support.push_back(j);
    combine(support, coef(support));
    memory_.rows = rows_.y() - memory_.rows;
    correlate(correlation);
    return memory_.rows.dot(memory_.weighted);
}

Vector WeightedGram::descend(const Vector& start, const ElasticNetPenalty& penalty,
                             double alpha) const {
    Vector coef = start.cwiseProduct(scale()), correlation(cols());
    for (Index j = 0; j < cols(); ++j)
        if (!excluded(j)) coef[j] = penalty.at(alpha, j).clip(coef[j]);
    residual(coef, correlation);
    std::vector<std::pair<Index, CoordinatePenalty>> candidates;
    for (Index j = 0; j < cols(); ++j) {
        const CoordinatePenalty h = penalty.at(alpha, j);
        if (!excluded(j) && (coef[j] != 0.0 || std::abs(correlation[j]) > h.l1))
            candidates.emplace_back(j, h);
    }
    auto weighted = memory_.weighted.array();  // of sum 0, so that columns need no centring
    for (int sweep = 0; sweep < sweeps; ++sweep) {
        for (const auto& [j, h] : candidates) {
            const auto x = rows_.X().col(j);
            const double curvature = mean_square()[j];
            const double u = inverse_scale()[j] * x.dot(memory_.weighted);
            const double step = h.minimize(u + curvature * coef[j], curvature) - coef[j];
            if (step == 0.0) continue;
            coef[j] += step;
            const double mean = fit_intercept() ? sample_.mean[j] : 0.0;
            weighted -= (step * inverse_scale()[j]) * sample_.weight.array() * (x.array() - mean);
        }
    }
    return coef.cwiseProduct(inverse_scale());
}

}  // namespace fastreg
