// The iterative ways of ridge with what suits the data at hand, and when to take which.
#pragma once

#include <functional>
#include <memory>

#include "fastreg/core/control.hpp"
#include "fastreg/ridge/ridge.hpp"
#include "fastreg/ridge/ridge_form.hpp"

namespace fastreg {

// Conjugate gradients on the smaller normal equations, with a preconditioner for the data, which is
// at strengths like those to come.
std::unique_ptr<RidgeForm> make_conjugate_gradients(const RidgeDesign& Z, const Matrix& Y,
                                                    const Matrix& alphas, const Control& control);

// Whether iterations with a rough Gram matrix of dense X are cheaper than the float64 one: what its
// shape says, and whether the strengths are large enough for it by the columns' squares.
bool rough_gram_pays(const Design& X, const Matrix& alphas);
bool rough_gram_serves(const RidgeDesign& Z, const Matrix& alphas);
// After so many iterations with one at a strength they have turned out badly.
inline constexpr Index most_rough_iterations = 12;
// Relative residual that they go for where nobody asked for less: ten times below the default, and an
// iteration less than it takes to the last digits.
inline constexpr double rough_tol = 1e-11;

std::unique_ptr<RidgeForm> make_lsmr(const RidgeDesign& Z, const Matrix& Y, const Control& control);

// How a problem is best solved, and how if that turns out badly: the same if nothing can.
struct SolverChoice {
    RidgeSolver solver;
    RidgeSolver otherwise;
    Index max_iter;  // iterations at one strength after which it has turned out badly
};

// By iteration, unless the direct way is foreseen to be cheaper: from what passes over the entries,
// Gram matrices and their factors cost, and how many iterations there would be if the columns were
// independent.
SolverChoice choose_for_sparse(const RidgeDesign& Z, const Matrix& alphas, RidgeSolver direct,
                               const Control& control);

// A form that is asked first, and another one, made when it is needed, for what the first did not
// solve to the tolerance. The better solution counts.
class SwitchingForm final : public RidgeForm {
public:
    SwitchingForm(std::unique_ptr<RidgeForm> first,
                  std::function<std::unique_ptr<RidgeForm>()> make_second, double tol);

    Index solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                const std::function<bool()>& interrupted) override;
    bool switched() const override { return second_ != nullptr; }

private:
    std::unique_ptr<RidgeForm> first_, second_;
    std::function<std::unique_ptr<RidgeForm>()> make_second_;
    double tol_;
};

}  // namespace fastreg
