// Least squares on the working set, kept by its residual r = y − X_E b:
//
//     minimise  ‖y − X_E b‖² / (2n) + Σ h_i(b_i)
//
// No Gram matrix of the working set is needed, only the entries that a factor of the support asks
// for.
#pragma once

#include "fastreg/solver/working_model.hpp"

namespace fastreg {

class ResidualModel final : public WorkingModel {
public:
    // y is standardised already.
    ResidualModel(const StandardizedDesign& X, Vector y);

    // ‖y‖² / n
    double constant() const { return constant_; }
    double null_square() const override { return constant_; }
    double null_objective() const override { return 0.5 * constant_; }
    double deviance_ratio() const override;
    double loss_gap(double s, const Vector& image) const override;

    void refresh() override;
    void move(Index i, double step) override;
    double gradient_now(Index i) override;
    void multiply(Features A, const Vector& d, VectorRef out) override;
    // The Gram matrix of positions R and C.
    void cross(Features rows, Features cols, MatrixRef out) const override {
        working_set_.cross(rows, cols, out);
    }
    void add_image(Features A, const Vector& d, Vector& image) const override {
        working_set_.add_columns(A, d, image);
    }

private:
    double loss() const override { return 0.5 * residual_square_; }
    void add_drift(Index i, double step);
    void recompute_residual();

    Vector y_;
    Vector image_;        // scratch of multiply
    bool moved_ = false;  // the residual changed since the gradient was computed
    double constant_ = 0.0;
    double drift_ = 0.0;  // rounding errors that the residual may carry, relative to y's norm
};

}  // namespace fastreg
