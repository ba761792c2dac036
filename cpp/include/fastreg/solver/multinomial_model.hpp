// The symmetric softmax of K classes on the working set: a linear predictor for every class,
//
//     minimise  (1/n) Σ w_i [log Σ_k exp η_ik − Σ_k y_ik η_ik] + Σ h(b),   η_k = o_k + b0_k + x̃ b_k.
//
// X̃ is a ClasswiseDesign, whose number of rows divides what is minimised by K: so must the penalty
// be. Intercepts are the best ones for the coefficients, with a sum of 0, and are eliminated from the
// Hessian, of which only products with vectors are made.
#pragma once

#include <Eigen/Cholesky>

#include "fastreg/solver/predictor_model.hpp"

namespace fastreg {

class MultinomialModel final : public PredictorModel {
public:
    // X is that of all classes, `single` that of one of them; both must outlive the model. Y has a
    // row a sample and a column a class, probabilities that sum to 1, and so has the offset, which
    // may be empty. Throws std::invalid_argument where no intercepts are the best.
    MultinomialModel(const StandardizedDesign& X, const StandardizedDesign& single, Matrix Y,
                     bool fit_intercept, Matrix offset = {});

    const StandardizedDesign& single() const { return single_; }
    Index n_classes() const { return n_classes_; }
    bool fit_intercept() const { return fit_intercept_; }
    // Of the feature at a position.
    Index class_of(Index i) const { return working_set_.feature(i) / single_.cols(); }
    Index feature_of(Index i) const { return working_set_.feature(i) % single_.cols(); }
    // μ_k (1 − μ_k) of every row
    Vector row_curvature(Index k) const {
        return mean_.col(k).array() * (1.0 - mean_.col(k).array());
    }

    double loss_gap(double s, const Vector& image) const override;
    void cross(Features rows, Features cols, MatrixRef out) const override;
    void add_image(Features A, const Vector& d, Vector& image) const override;
    Vector intercepts() const { return intercepts_ + shift_; }

private:
    bool evaluate(const Vector& linear) override;
    void set_residual() override;
    double evaluate_rows(const Vector& linear);
    bool find_intercepts(const Vector& linear);
    bool intercept_system(Vector& step, double& decrease);
    Matrix unweighted(const Vector& stacked) const;
    void take_offset(Matrix offset);

    const StandardizedDesign& single_;
    Index n_, n_classes_;
    Matrix Y_;
    Vector weight_;  // empty: ones
    bool fit_intercept_;
    double entropy_ = 0.0;  // Σ w Σ_k y_k log y_k
    double noise_ = 0.0;    // rounding errors of Σ w ℓ
    Matrix log_mean_, mean_;
    Matrix offset_;                        // with the shift; empty: zeros
    Vector shift_;                         // the part of the intercepts that is in the offset
    Vector intercepts_;                    // the rest of them
    Eigen::LLT<Matrix> intercept_factor_;  // of their part of the Hessian, made definite
};

}  // namespace fastreg
