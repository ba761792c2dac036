// A generalised linear model on the working set, kept by its linear predictor:
//
//     minimise  (1/n) Σ w_i ℓ(y_i, η_i) + Σ h_i(b_i),     η = offset + b0 + x̃ b.
//
// Rows are weighted as in StandardizedDesign: the residual is √w (y − μ). The intercept b0 is always
// the best one for the coefficients, so residuals are orthogonal to √w, and it is eliminated from the
// Hessian, X̃ᵀ diag(μ') X̃ / n, by centring the columns with the weights w μ'.
#pragma once

#include "fastreg/loss/loss.hpp"
#include "fastreg/solver/predictor_model.hpp"

namespace fastreg {

// The data apart from X; X̃ has the weights.
struct Response {
    Vector y;
    Vector weight;  // sums to n; empty: ones
    Vector offset;  // empty: zeros
    bool fit_intercept = true;
};

class GlmModel final : public PredictorModel {
public:
    // The loss must outlive the model. Throws std::invalid_argument where no intercept is the best.
    GlmModel(const StandardizedDesign& X, const Loss& loss, Response response);

    double loss_gap(double s, const Vector& image) const override;
    double intercept() const { return intercept_; }
    // μ' of every row, as of the last refresh()
    const Vector& row_curvature() const { return row_curvature_; }

    void cross(Features rows, Features cols, MatrixRef out) const override {
        cross(row_curvature_, rows, cols, out);
    }
    void add_image(Features A, const Vector& d, Vector& image) const override;

    // The same for other curvatures of the rows; and of positions A with themselves. Rough: in float32
    // where the data are dense and within its range, and it is worth it.
    void cross(const Vector& row_curvature, Features rows, Features cols, MatrixRef out,
               bool rough = false) const;
    void sandwich(const Vector& row_curvature, Features A, MatrixRef out, bool rough = false) const;

    // Steps along a line. The change of the (weighted) linear predictor by a step of the positions A;
    // what half the square of its length is in the metric of the Hessian with these curvatures:
    Vector image(Features A, const Vector& step) const;
    double energy(const Vector& row_curvature, const Vector& image) const;
    // The loss at the last refreshed coefficients plus t times a step with this image, at the best
    // intercept there. Either take_step() or undo() must follow.
    double loss_along(const Vector& image, double t);
    // The coefficients are those of the last trial.
    void take_step();
    void undo();

private:
    bool evaluate(const Vector& linear) override;
    void set_residual() override;
    void balance();
    double weight_sum(const Vector& row_curvature) const;
    void centre(const Vector& row_curvature, Vector& v) const;
    bool fits_float(const Vector& row_curvature, Features A) const;
    Vector products_with_ones(const Vector& row_curvature, Features A) const;

    const Loss& family_;
    Response response_;
    Vector trial_;  // the same of the last trial
    Vector eta_;
    Vector plain_residual_;  // y − μ
    Vector row_curvature_;   // μ'
    double intercept_ = 0.0;
    // The last gap that was asked for since the loss was evaluated: rounds ask for one again.
    mutable double known_scale_ = 1.0, known_gap_ = 0.0;
};

}  // namespace fastreg
