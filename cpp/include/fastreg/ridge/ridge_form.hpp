// What a way of solving ridge problems has to offer. Each is made once for a matrix Z and targets Y,
// and then asked for any number of strengths.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <span>

#include "fastreg/ridge/ridge_design.hpp"

namespace fastreg {

// The normal equations of the features, p × p, or those of the rows, n × n.
enum class NormalForm : std::uint8_t { primal, dual };

// One solution that is wanted: of a column of Y at a strength ≥ 0.
struct RidgeTask {
    double alpha;
    Index target;
};

// Solutions with their certificates; one column or entry a task. With
//
//     g = Zᵀ(Y − ZB)/n − alpha B
//
// the gradient, residual is ‖g‖ / ‖ZᵀY/n‖ (absolute if that is 0), and the duality gap is at most
// ‖g‖² / (2 alpha), the gap at the dual point (Y − ZB)/n.
struct RidgeSolutions {
    RidgeSolutions(Index features, Index tasks)
        : B(Matrix::Zero(features, tasks)),
          residual(tasks),
          gap(tasks),
          square(tasks),
          df(Vector::Constant(tasks, std::numeric_limits<double>::quiet_NaN())) {}

    Matrix B;
    Vector residual;
    Vector gap;     // in units of the objective
    Vector square;  // ‖Y − ZB‖² / n
    Vector df;      // effective degrees of freedom, NaN where they are not known
    Eigen::VectorX<Index> n_iter = Eigen::VectorX<Index>::Ones(B.cols());

    // Column k of part becomes the one at `place`.
    void take_one(const RidgeSolutions& part, Index k, Index place);
    // Column k of part becomes the one at places[k], or at first + k.
    void take(const RidgeSolutions& part, std::span<const Index> places);
    void take_run(const RidgeSolutions& part, Index first);
};

// What a norm is divided by that is relative to this one: absolute if that is 0.
inline double norm_or_one(double norm) { return norm > 0.0 ? norm : 1.0; }

// Calls work(run, first) for every run of tasks of one strength, at most `most` of them, the first
// being tasks[first]; it ends where that returns false. Returns how many tasks were done.
template <class Work>
Index for_each_strength(std::span<const RidgeTask> tasks, Work work,
                        Index most = std::numeric_limits<Index>::max()) {
    std::size_t done = 0;
    while (done < tasks.size()) {
        const auto rest = tasks.subspan(done);
        std::size_t count = 1;
        while (count < rest.size() && count < static_cast<std::size_t>(most) &&
               rest[count].alpha == rest.front().alpha)
            ++count;
        if (!work(rest.first(count), static_cast<Index>(done))) break;
        done += count;
    }
    return static_cast<Index>(done);
}

class RidgeForm {
public:
    virtual ~RidgeForm() = default;

    // Solves the tasks in their order; returns how many are solved, fewer than asked for only if
    // interrupted.
    virtual Index solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                        const std::function<bool()>& interrupted) = 0;
    // Whether a first strength costs nearly as much as many.
    virtual bool together() const { return false; }
    // The matrix of the normal equations, if there is one at hand.
    virtual const Matrix* matrix() const { return nullptr; }
    // Whether another way than the one that was chosen had to be taken.
    virtual bool switched() const { return false; }
};

}  // namespace fastreg
