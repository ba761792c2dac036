#include "fastreg/gram/weighted_gram.hpp"

#include <algorithm>
#include <cmath>
#include <span>

namespace fastreg {

namespace {

// Rows that are packed at once.
constexpr Index block_depth = 512;

}  // namespace

WeightedGram::WeightedGram(const WeightedRows& rows, const WeightedRows::Sample& sample,
                           std::shared_ptr<const GramColumns> columns, Entries entries,
                           Memory& memory)
    : StandardizedGram(columns, rows.y_origin() + sample.y_mean,
                       columns->fit_intercept ? sample.y_square - sample.y_mean * sample.y_mean
                                              : sample.y_square),
      rows_(rows),
      sample_(sample),
      entries_(entries),
      memory_(memory) {
    pick_rows();
    if (entries_ == Entries::rough) begin_roughly();
}

// Those with a weight.
void WeightedGram::pick_rows() const {
    const Vector& weight = sample_.weight;
    auto& picked = memory_.weighted_rows;
    picked.resize(static_cast<std::size_t>(weight.size()));
    std::size_t count = 0;
    for (Index i = 0; i < weight.size(); ++i) {  // without a branch that nobody can predict
        picked[count] = i;
        count += weight[i] != 0.0 ? std::size_t{1} : std::size_t{0};
    }
    picked.resize(count);
}

void WeightedGram::begin_roughly() const {
    const auto& picked = memory_.weighted_rows;
    memory_.rough_rows.resize(picked.size());
    memory_.root_weight.resize(picked.size());
    for (std::size_t k = 0; k < picked.size(); ++k) {
        memory_.rough_rows[k] = rows_.rough_row(picked[k]);
        memory_.root_weight[k] = std::sqrt(static_cast<float>(sample_.weight[picked[k]]));
    }
    memory_.packed.clear();
}

Vector WeightedGram::linear() const {
    if (!fit_intercept()) return sample_.with_response.cwiseProduct(inverse_scale());
    return (sample_.with_response - sample_.y_mean * sample_.mean).cwiseProduct(inverse_scale());
}

void WeightedGram::entries(Features J, Features K, MatrixRef out) const {
    const std::size_t old = J.size() - K.size();
    if (entries_ == Entries::rough) return enter_roughly(J, old, out);
    multiply(J, K);
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

void WeightedGram::enter_roughly(Features J, std::size_t old, MatrixRef out) const {
    multiply_roughly(J, old);
    const auto before = static_cast<Index>(old), size = static_cast<Index>(J.size());
    auto &means = memory_.means, &scales = memory_.scales;
    means.resize(size);
    scales.resize(size);
    for (Index k = 0; k < size; ++k) {
        const Index j = J[static_cast<std::size_t>(k)];
        means[k] = fit_intercept() ? sample_.mean[j] : 0.0;
        scales[k] = inverse_scale()[j];
    }
    for (Index c = before; c < size; ++c) {
        const float* products = memory_.rough_products.col(c).data();
        double* column = out.col(c - before).data();
        const double mean = means[c], scale = scales[c];
        const auto entry = [&](Index r) {
            return (static_cast<double>(products[r]) - mean * means[r]) * (scale * scales[r]);
        };
        for (Index r = 0; r < before; ++r) column[r] = entry(r);
        for (Index r = before; r <= c; ++r) out(c, r - before) = entry(r);
    }
}

// memory_.rough_products(r, c) = Σ w x_J[r] x_J[c], r ≤ c, for all c from `old` on. What was packed
// stays for columns that come later.
void WeightedGram::multiply_roughly(Features J, std::size_t old) const {
    const Index width = FloatPanelBlock::width;
    const auto depth = static_cast<Index>(memory_.rough_rows.size());
    const auto size = static_cast<Index>(J.size()), from = static_cast<Index>(old);
    const Index n_panels = (size + width - 1) / width;
    if (n_panels * depth > memory_.rough_room) {
        memory_.rough_room = std::max(n_panels * depth, 2 * memory_.rough_room);
        memory_.rough_block.emplace(memory_.rough_room, 1);
        memory_.packed.clear();
    }
    memory_.rough_block->set_depth(depth);
    pack_roughly(J);
    auto& products = memory_.rough_products;
    if (n_panels * width > products.rows())
        products.resize(2 * n_panels * width, 2 * n_panels * width);
    products.block(0, from, n_panels * width, size - from).setZero();
    memory_.rough_block->add_product(0, n_panels, from, size, products);
}

// The columns J, of which the first ones may be packed.
void WeightedGram::pack_roughly(Features J) const {
    auto& packed = memory_.packed;
    const std::vector<Index>& support = rows_.support();
    const auto begins_with = [&J](const std::vector<Index>& first) {
        return first.size() <= J.size() && std::equal(first.begin(), first.end(), J.begin());
    };
    if (!begins_with(packed)) packed.clear();
    FloatPanelBlock& block = *memory_.rough_block;
    if (packed.empty() && begins_with(support)) {
        block.pack_starts(memory_.rough_rows, static_cast<Index>(support.size()),
                          memory_.root_weight.data());
        packed = support;
    }
    for (std::size_t k = packed.size(); k < J.size(); ++k) {
        block.pack_picked(rows_.X().col(J[k]).data(), memory_.weighted_rows,
                          memory_.root_weight.data(), static_cast<Index>(k));
        packed.push_back(J[k]);
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
    const auto& picked = memory_.weighted_rows;
    memory_.columns.resize(picked.size());
    memory_.factors.resize(picked.size());
    for (std::size_t k = 0; k < picked.size(); ++k) {
        memory_.columns[k] = rows_.row(picked[k]);
        memory_.factors[k] = memory_.weighted[picked[k]];
    }
    out.setZero();
    add_columns(memory_.columns, memory_.factors.data(), out);
    if (fit_intercept()) out -= memory_.weighted.sum() * sample_.mean;
    out.array() *= inverse_scale().array();
}

// Whether these are the coefficients that samples begin with.
bool WeightedGram::is_start(Features J, const ConstVectorRef& b) const {
    const Vector& start = rows_.start();
    if (J.size() != rows_.support().size()) return false;
    for (std::size_t k = 0; k < J.size(); ++k)
        if (b[static_cast<Index>(k)] != start[J[k]] * scale()[J[k]]) return false;
    return true;
}

void WeightedGram::product(Features J, const ConstVectorRef& b, VectorRef out) const {
    if (is_start(J, b)) {
        out = sample_.with_fit;
        if (fit_intercept()) out -= sample_.fit_mean * sample_.mean;
        out.array() *= inverse_scale().array();
        return;
    }
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

}  // namespace fastreg
