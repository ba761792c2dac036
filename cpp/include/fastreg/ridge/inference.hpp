// Degrees of freedom, noise and standard errors given the strength. Coefficients are a linear map of
// y, so that with G = ZᵀZ/n and Var(y_i) = sigma² / w_i
//
//     df = trace of the hat matrix,   sigma² = RSS / (n − df),
//     Cov(B) = sigma²/n · (G + alpha I)⁻¹ G (G + alpha I)⁻¹.
//
// This is the spread of a biased estimate: neither its bias nor the choice of alpha is in it.
#pragma once

#include <optional>

#include "fastreg/core/control.hpp"
#include "fastreg/ridge/normal_equations.hpp"
#include "fastreg/ridge/ridge_data.hpp"

namespace fastreg {

// Of one strength.
struct RidgeSpread {
    double df;      // the intercept and features without a penalty count 1 each
    Vector square;  // n · variance / sigma² of each coefficient of X̃
};

class RidgeInference {
public:
    // Z and Y must outlive the object, and so must the matrix of the normal equations of that form;
    // if it is null, the singular values of Z are taken.
    RidgeInference(const RidgeDesign& Z, const RidgeTargets& Y, NormalForm form,
                   const Matrix* matrix);

    RidgeSpread at(double alpha);

private:
    // Of the columns of Z, and of what they pass on to the features without a penalty.
    struct Parts {
        double trace;
        Vector own, passed_on;
    };
    Parts primal(const EquilibratedCholesky& inverse) const;
    Parts dual(const EquilibratedCholesky& inverse) const;
    Parts singular(double alpha);

    const RidgeDesign& Z_;
    const RidgeTargets& Y_;
    NormalForm form_;
    const Matrix* matrix_;
    Matrix passed_on_;  // minus what a free feature's coefficient changes by with each of Z's
    std::optional<SingularForm> values_;
};

// Fills in df, sigma and standard_errors of strengths that are solved, while coefs are those of X̃.
// Throws Interruption.
void infer(const RidgeProblem& problem, const RidgeData& data, Index solved,
           RidgeInference& inference, const Control& control, RidgeResult& result);

}  // namespace fastreg
