// The problem on the working set, whatever its loss:
//
//     minimise  (1/n) Σ loss(y, X_E b) + Σ h_i(b_i)
//
// gradient[i] is the *negative* gradient of the loss, the correlation x_iᵀ r / n with the residual r,
// which is minus the derivative of the loss by the linear predictor.
//
// Coefficients may be changed freely; refresh() then brings the residual and the gradient up to
// date. Invariant after it: gradient = X_Eᵀ residual / n, up to rounding.
#pragma once

#include <vector>

#include "fastreg/penalty/elastic_net.hpp"
#include "fastreg/solver/working_set.hpp"

namespace fastreg {

class WorkingModel {
public:
    explicit WorkingModel(const StandardizedDesign& X);
    virtual ~WorkingModel() = default;
    WorkingModel(const WorkingModel&) = delete;
    WorkingModel& operator=(const WorkingModel&) = delete;

    const WorkingSet& working_set() const { return working_set_; }
    Index size() const { return working_set_.size(); }
    // New features, none of which is a member yet, with coefficients of 0. Their columns come from
    // the cache as far as it has them.
    void add(Features features, const ColumnCache* cache = nullptr);

    const CoordinatePenalty& h(Index i) const { return penalty[static_cast<std::size_t>(i)]; }
    // The second derivative of the loss by coefficient i, or near it.
    double curvature(Index i) const { return curvature_scale_ * mean_square_[i]; }
    // ‖x̃_i‖² / n
    double mean_square(Index i) const { return mean_square_[i]; }
    // Operations that a product with column i, or with all of X, takes.
    double column_cost(Index i) const { return X_.column_cost(working_set_.feature(i)); }
    double pass_cost() const { return X_.pass_cost(); }
    const Vector& residual() const { return residual_; }
    // ‖r‖² / n
    double residual_square() const { return residual_square_; }
    // The same of the null model.
    virtual double null_square() const = 0;
    // The objective of the null model, but for a perfect fit's.
    virtual double null_objective() const = 0;
    virtual double deviance_ratio() const = 0;
    // Σ h_i(b_i), and with the loss as of the last refresh().
    double penalty_value() const;
    double objective() const { return loss() + penalty_value(); }
    // The part of the duality gap that the loss has at the dual point s (r − image), an empty image
    // standing for zeros: see certificate.hpp.
    virtual double loss_gap(double s, const Vector& image) const = 0;

    virtual void refresh() = 0;
    // Changes one coefficient and the residual, but not the gradient.
    virtual void move(Index i, double step) = 0;
    // x_iᵀ r / n, for the residual as it is
    virtual double gradient_now(Index i) = 0;
    // out = H_AA d for the positions A, where H is the Hessian of the loss
    virtual void multiply(Features A, const Vector& d, VectorRef out) = 0;
    // out = H_RC for positions R and C
    virtual void cross(Features rows, Features cols, MatrixRef out) const = 0;
    // What a step of the positions A changes the residual by: X_Eᵀ of it is n H_EA d. Adds to image.
    virtual void add_image(Features A, const Vector& d, Vector& image) const = 0;

    // By position; the entries from size() on are room to grow.
    Vector coef;
    Vector gradient;
    std::vector<CoordinatePenalty> penalty;

protected:
    // The loss, but for a perfect fit's, as of the last refresh().
    virtual double loss() const = 0;
    // Positions whose coefficients changed since the last call, in changed_, and by how much, in
    // steps_.
    void take_changes();
    void correlate();

    const StandardizedDesign& X_;
    WorkingSet working_set_;
    Vector mean_square_;
    Vector synced_;  // the coefficients that the residual belongs to
    Vector residual_;
    std::vector<Index> all_;      // 0, 1, …, size() − 1
    std::vector<Index> changed_;  // scratch of refresh
    Vector steps_;
    double curvature_scale_ = 1.0;
    double residual_square_ = 0.0;

private:
    void reserve(Index size);
};

}  // namespace fastreg
