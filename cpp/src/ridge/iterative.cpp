#include "fastreg/ridge/iterative.hpp"

#include "fastreg/ridge/conjugate_gradients.hpp"
#include "fastreg/ridge/heavy_columns.hpp"
#include "fastreg/ridge/lsmr.hpp"

namespace fastreg {

std::unique_ptr<RidgeForm> make_conjugate_gradients(const RidgeDesign& Z, const Matrix& Y,
                                                    double alpha, const Control& control) {
    const IterationOptions options{.tol = control.tol, .max_iter = control.max_iter};
    if (Z.cols() <= Z.rows())
        return std::make_unique<ConjugateGradients>(
            Z, Y, NormalForm::primal, std::make_unique<DiagonalPreconditioner>(Z.mean_square()),
            options);
    std::unique_ptr<Preconditioner> preconditioner;
    if (Z.standardized().sparse())
        preconditioner = std::make_unique<HeavyColumns>(Z, control.tol, alpha);
    else
        preconditioner = std::make_unique<DiagonalPreconditioner>(
            Z.standardized().row_squares(Z.factor()) / static_cast<double>(Z.rows()));
    return std::make_unique<ConjugateGradients>(Z, Y, NormalForm::dual, std::move(preconditioner),
                                                options);
}

std::unique_ptr<RidgeForm> make_lsmr(const RidgeDesign& Z, const Matrix& Y,
                                     const Control& control) {
    return std::make_unique<Lsmr>(
        Z, Y, IterationOptions{.tol = control.tol, .max_iter = control.max_iter});
}

}  // namespace fastreg
