#include "fastreg/solver/working_set.hpp"

#include <algorithm>

namespace fastreg {

namespace {

void grow(Vector& v, Index size) {
    const Index old = v.size();
    v.conservativeResize(size);
    v.tail(size - old).setZero();
}

// Columns of a sparse X that are spread out together to meet the others.
constexpr Index spread_columns = 16;

}  // namespace

WorkingSet::WorkingSet(const StandardizedDesign& X)
    : X_(X), gathered_(!X.sparse()), member_(static_cast<std::size_t>(X.cols()), false) {}

void WorkingSet::reserve(Index size, QuadraticModel& model) {
    if (size <= model.gram.cols()) return;
    const Index capacity = std::min(std::max<Index>({size, size + size / 2, 16}), X_.cols());
    Matrix gram(capacity, capacity);
    gram.topLeftCorner(model.size, model.size) = model.gram.topLeftCorner(model.size, model.size);
    model.gram.swap(gram);
    grow(model.linear, capacity);
    grow(model.coef, capacity);
    grow(model.product, capacity);
    if (gathered_) columns_.conservativeResize(X_.rows(), capacity);
}

void WorkingSet::add(Features features, QuadraticModel& model, const ColumnCache* cache) {
    const Index old = size(), added = static_cast<Index>(features.size());
    if (added == 0) return;
    reserve(old + added, model);
    for (Index feature : features) {
        features_.push_back(feature);
        member_[static_cast<std::size_t>(feature)] = true;
    }
    model.size = old + added;
    if (gathered_ && cache)
        cache->columns(features, columns_.middleCols(old, added));
    else if (gathered_)
        X_.columns(features, columns_.middleCols(old, added));
    fill_gram(old, model);
    model.coef.segment(old, added).setZero();
    model.product.segment(old, added).noalias() =
        model.gram.block(0, old, old, added).transpose() * model.coef.head(old);
}

// The Gram matrix's columns from `old` on, and the rows that mirror them.
void WorkingSet::fill_gram(Index old, QuadraticModel& model) const {
    const Index size = model.size, added = size - old;
    auto block = model.gram.block(0, old, size, added);
    if (gathered_) {
        block.noalias() = columns_.leftCols(size).transpose() * columns_.middleCols(old, added);
    } else {
        const Features all(features_);
        Matrix spread(X_.rows(), std::min(spread_columns, added));
        for (Index first = 0; first < added; first += spread_columns) {
            const Index count = std::min(spread_columns, added - first);
            auto part = spread.leftCols(count);
            X_.columns(
                all.subspan(static_cast<std::size_t>(old + first), static_cast<std::size_t>(count)),
                part);
            X_.transpose_matvec_columns(all, part, block.middleCols(first, count));
        }
    }
    block /= static_cast<double>(X_.rows());
    model.gram.block(old, 0, added, old) = block.topRows(old).transpose();
}

void WorkingSet::residual(const Vector& y, const QuadraticModel& model, VectorRef residual) const {
    residual = y;
    if (gathered_) {
        for (Index i = 0; i < model.size; ++i)
            if (model.coef[i] != 0.0) residual.noalias() -= model.coef[i] * columns_.col(i);
        return;
    }
    X_.add_matvec(features_, -model.coef.head(model.size), residual);
}

Vector WorkingSet::transpose_matvec(const Vector& residual) const {
    if (gathered_) return columns_.leftCols(size()).transpose() * residual;
    Matrix correlation(size(), 1);
    X_.transpose_matvec_columns(features_, residual, correlation);
    return correlation.col(0);
}

}  // namespace fastreg
