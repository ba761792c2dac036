// What the models of losses other than squares share: they are kept by their linear predictor X̃ b,
// and all else follows from it.
#pragma once

#include "fastreg/solver/working_model.hpp"

namespace fastreg {

class PredictorModel : public WorkingModel {
public:
    // root_weight is √w of every sample, empty for ones.
    PredictorModel(const StandardizedDesign& X, const Vector& root_weight);

    double null_square() const override { return null_square_; }
    double null_objective() const override { return null_objective_; }
    double deviance_ratio() const override;

    void refresh() override;
    void move(Index i, double step) override;
    double gradient_now(Index i) override;
    void multiply(Features A, const Vector& d, VectorRef out) override;

protected:
    // Everything that depends on the linear predictor, at the best intercept for it: loss_value_,
    // curvature_scale_ and what set_residual() needs. Whether there is such an intercept.
    virtual bool evaluate(const Vector& linear) = 0;
    virtual void set_residual() = 0;
    // To be called by the constructor once it can evaluate: at coefficients of 0. Throws
    // std::invalid_argument where no intercept is the best.
    void start();
    // The predictor was set to that of the present coefficients, and the loss evaluated there.
    void accept();

    Vector root_, inverse_root_;  // √w and 1/√w, 0 where w is 0; empty: ones
    Vector linear_;               // X̃ b
    double loss_value_ = 0.0;     // the objective's part
    bool moved_ = false;          // the predictor changed since the loss was evaluated
    double drift_ = 0.0;          // rounding errors that the predictor may carry

private:
    double loss() const override { return loss_value_; }
    void add_drift(Index i, double step);

    Vector image_;  // scratch of multiply
    double null_objective_ = 0.0, null_square_ = 0.0;
    bool stale_ = false;  // the loss was evaluated since the gradient was computed
};

}  // namespace fastreg
