#include "fastreg/solver/working_model.hpp"

#include <algorithm>

namespace fastreg {

WorkingModel::WorkingModel(const StandardizedDesign& X) : X_(X), working_set_(X) {}

void WorkingModel::reserve(Index size) {
    const Index old = coef.size();
    if (size <= old) return;
    const Index capacity = std::min(std::max<Index>(2 * size, 16), X_.cols());
    for (Vector* v : {&coef, &gradient, &mean_square_, &synced_, &steps_}) {
        v->conservativeResize(capacity);
        v->tail(capacity - old).setZero();
    }
    changed_.reserve(static_cast<std::size_t>(capacity));
}

void WorkingModel::add(Features features, const ColumnCache* cache) {
    const Index old = size(), added = static_cast<Index>(features.size());
    if (added == 0) return;
    reserve(old + added);
    working_set_.add(features, cache);
    for (Index i = old; i < size(); ++i) {
        all_.push_back(i);
        mean_square_[i] = X_.mean_square()[working_set_.feature(i)];
    }
    working_set_.correlate(Features(all_).subspan(static_cast<std::size_t>(old)), residual_,
                           gradient.segment(old, added));
    gradient.segment(old, added) /= static_cast<double>(X_.rows());
}

double WorkingModel::penalty_value() const {
    double sum = 0.0;
    for (Index i = 0; i < size(); ++i) sum += h(i).value(coef[i]);
    return sum;
}

void WorkingModel::take_changes() {
    changed_.clear();
    for (Index i = 0; i < size(); ++i) {
        const double step = coef[i] - synced_[i];
        if (step == 0.0) continue;
        steps_[static_cast<Index>(changed_.size())] = step;
        changed_.push_back(i);
        synced_[i] = coef[i];
    }
}

void WorkingModel::correlate() {
    const double n = static_cast<double>(X_.rows());
    residual_square_ = residual_.squaredNorm() / n;
    working_set_.correlate(all_, residual_, gradient.head(size()));
    gradient.head(size()) /= n;
}

}  // namespace fastreg
