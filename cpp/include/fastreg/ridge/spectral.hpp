// Ridge for many strengths from one reduction of the smaller of the two matrices of the normal
// equations to a band (Eldén 1977, for tridiagonal form):
//
//     (K + alpha I) x = c,   K = Q B Qᵀ      ⇔      (B + alpha I) (Qᵀx) = Qᵀc.
//
// Each strength costs a factor of a band; all solutions are rotated back together. Certificates come
// from K itself. Solutions of ill-conditioned systems are refined with residuals from X; those that
// the band is too inaccurate for are left to Cholesky factors of a scaled matrix, and by them to the
// singular values of X.
#pragma once

#include <optional>
#include <vector>

#include "fastreg/ridge/band_factor.hpp"
#include "fastreg/ridge/band_reduction.hpp"
#include "fastreg/ridge/normal_equations.hpp"

namespace fastreg {

class SpectralForm final : public DirectForm {
public:
    // Z and Y must outlive the object. stats, if there are any, are those of X and Y, and are used
    // up. The band is as wide as costs least, unless its width is given. Throws Interruption.
    SpectralForm(const RidgeDesign& Z, const RidgeTargets& Y, NormalForm form, GramStats* stats,
                 const std::function<bool()>& interrupted, Index width = BandReduction::best_width);

    Index solve(std::span<const RidgeTask> tasks, RidgeSolutions& out,
                const std::function<bool()>& interrupted) override;
    bool together() const override { return true; }

    NormalForm form() const { return form_; }
    const BandReduction& reduction() const { return *reduction_; }
    // Qᵀ ZᵀY/n or QᵀY/n
    const Matrix& rotated() const { return rotated_; }
    // K's norm, within the width of the band
    double norm() const { return norm_; }
    // The eigenvalue that ZZᵀ was given in the directions without a penalty.
    double filled() const { return filled_; }
    double degrees_of_freedom(double alpha, const BandFactor& factor) const;

private:
    // Places of tasks whose conditioning asks for more than the band: for refinement, for another
    // way.
    struct Plan {
        std::vector<Index> refined, left;
    };
    Plan solve_rotated(std::span<const RidgeTask> tasks, Matrix& solution, Vector& df) const;
    // At least so accurate are the coefficients, as a reciprocal of a condition number.
    double accuracy(const RidgeTask& task, const ConstVectorRef& rotated) const;
    void subtract_product(const Matrix& A, Matrix& out) const override;
    // B ← (K + alpha I)⁻¹ B, each column with the alpha of its task
    void solve_in_place(std::span<const RidgeTask> tasks, MatrixRef B) const;

    std::optional<BandReduction> reduction_;
    Matrix rotated_;  // Qᵀ right_side
    double norm_;
    double filled_;
    std::optional<NormalEquations> exact_;
};

}  // namespace fastreg
