#include "fastreg/solver/step_memory.hpp"

#include <cmath>
#include <utility>

namespace fastreg {

namespace {

constexpr std::size_t most_steps = 4;
// The square of a step's length that earlier ones must leave of it.
constexpr double least_new = 0.01;

}  // namespace

void StepMemory::add(Vector step, Vector change) {
    if (steps_.size() == most_steps) steps_.pop_back();
    steps_.push_front({std::move(step), Vector(), std::move(change)});
}

void StepMemory::prepare(const Matrix& gram, double scale, Features positions) {
    const auto size = static_cast<Index>(positions.size());
    const auto most = static_cast<Index>(steps_.size());
    Matrix basis(size, most);
    images_.resize(size, most);
    defects_.resize(size, most);
    Index count = 0;
    for (Step& known : steps_) {
        const Index old = known.image.size(), length = known.step.size();
        known.image.conservativeResize(size);
        known.image.tail(size - old).noalias() =
            gram.block(old, 0, size - old, length) * known.step;
        auto step = basis.col(count), image = images_.col(count), defect = defects_.col(count);
        step << known.step, Vector::Zero(size - length);
        image = known.image;
        // Of features that came later nothing is known.
        for (Index k = 0; k < size; ++k) {
            const Index i = positions[static_cast<std::size_t>(k)];
            defect[k] = i < known.change.size() ? known.change[i] / scale - image[k] : 0.0;
        }
        const double whole = step.dot(image);
        for (Index j = 0; j < count; ++j) {
            const double part = step.dot(images_.col(j));
            step -= part * basis.col(j);
            image -= part * images_.col(j);
            defect -= part * defects_.col(j);
        }
        const double square = step.dot(image);
        // Negated, so that what is not a number is left out.
        if (!(square > least_new * whole)) continue;
        for (auto* column : {&step, &image, &defect}) *column /= std::sqrt(square);
        ++count;
    }
    images_.conservativeResize(size, count);
    defects_.conservativeResize(size, count);
}

}  // namespace fastreg
