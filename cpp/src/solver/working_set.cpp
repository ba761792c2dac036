#include "fastreg/solver/working_set.hpp"

#include <algorithm>

namespace fastreg {

namespace {

void grow(Vector& v, Index size) {
    const Index old = v.size();
    v.conservativeResize(size);
    v.tail(size - old).setZero();
}

}  // namespace

WorkingSet::WorkingSet(const StandardizedDesign& X)
    : X_(X), member_(static_cast<std::size_t>(X.cols()), false) {}

void WorkingSet::reserve(Index size, QuadraticModel& model) {
    if (size <= columns_.cols()) return;
    const Index capacity = std::min(std::max<Index>({size, 2 * columns_.cols(), 16}), X_.cols());
    columns_.conservativeResize(X_.rows(), capacity);
    Matrix gram(capacity, capacity);
    gram.topLeftCorner(model.size, model.size) = model.gram.topLeftCorner(model.size, model.size);
    model.gram.swap(gram);
    grow(model.linear, capacity);
    grow(model.coef, capacity);
    grow(model.product, capacity);
}

void WorkingSet::add(Features features, QuadraticModel& model) {
    const Index old = size(), added = static_cast<Index>(features.size());
    if (added == 0) return;
    reserve(old + added, model);
    for (Index feature : features) {
        features_.push_back(feature);
        member_[static_cast<std::size_t>(feature)] = true;
    }
    X_.columns(features, columns_.middleCols(old, added));
    model.size = old + added;
    const double n = static_cast<double>(X_.rows());
    auto block = model.gram.block(0, old, old + added, added);
    block.noalias() =
        columns_.leftCols(old + added).transpose() * columns_.middleCols(old, added) / n;
    model.gram.block(old, 0, added, old) = block.topRows(old).transpose();
    model.coef.segment(old, added).setZero();
    model.product.segment(old, added).noalias() =
        block.topRows(old).transpose() * model.coef.head(old);
}

void WorkingSet::residual(const Vector& y, const QuadraticModel& model, VectorRef residual) const {
    residual = y;
    for (Index i = 0; i < model.size; ++i)
        if (model.coef[i] != 0.0) residual.noalias() -= model.coef[i] * columns_.col(i);
}

}  // namespace fastreg
