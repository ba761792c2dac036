#include "fastreg/ridge/normal_equations.hpp"

namespace fastreg {

NormalEquations::NormalEquations(const RidgeDesign& Z, const RidgeTargets& Y, NormalForm form,
                                 GramStats* stats)
    : DirectForm(Z, Y, form, stats), matrix_(make_matrix(stats)) {
    measure_targets();
}

void NormalEquations::subtract_product(const Matrix& A, Matrix& out) const {
    out.noalias() -= matrix_ * A;
}

Index NormalEquations::solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                             const std::function<bool()>& interrupted) {
    return for_each_strength(tasks, [&](std::span<const RidgeTask> group, Index first) {
        if (first > 0 && interrupted()) return false;
        solve_group(group, out, first);
        return true;
    });
}

void NormalEquations::solve_group(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                                  Index first) {
    const EquilibratedCholesky inverse(matrix_, tasks.front().alpha);
    if (inverse.rcond() < useless_rcond) {
        if (!singular_) singular_.emplace(Z_, Y_.projected());
        return singular_->solve_group(tasks, out, first);
    }
    const auto solve = [&](std::span<const RidgeTask>, MatrixRef B) { inverse.solve_in_place(B); };
    Matrix solution = right_sides(tasks);
    inverse.solve_in_place(solution);
    if (inverse.rcond() >= refined_rcond) return certify(tasks, solution, solve, out, first);
    RidgeSolutions found(Z_.cols(), solution.cols());
    find_coefficients(solution, found.B);
    refine(tasks, solution, solve, found);
    out.take_run(found, first);
}

}  // namespace fastreg
