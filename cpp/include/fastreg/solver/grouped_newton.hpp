// Solves the problem of several classes on the working set with a penalty of groups: the K
// coefficients of a feature, one after the other among the model's positions.
//
// A group away from zero has a smooth penalty, with u = b / ‖b‖ of the Hessian
//
//     l2 I + (l1 / ‖b‖) (I − u uᵀ).
//
// One at zero that is pulled, ‖g‖ > l1, has the limit of that: it may only move along u = g / ‖g‖. A
// round takes in both and solves the Newton system by conjugate gradients, with products through the
// data, roughly while the support still changes. Along the way a group that turns back passes zero
// and stays there, and the step is halved until the objective falls enough. Where no such step is
// found, proximal gradient steps follow, which can't fail to descend.
//
// Between columns that are alike there are ways along which the fit hardly changes, and a whole step
// then goes too far: the system is damped (Levenberg 1944), the more so the more steps are halved. The
// preconditioner is GroupFactor where it is worth its cost, else the diagonal of the loss's Hessian.
#pragma once

#include <vector>

#include "fastreg/core/control.hpp"
#include "fastreg/penalty/group_penalty.hpp"
#include "fastreg/solver/group_factor.hpp"
#include "fastreg/solver/inner_report.hpp"
#include "fastreg/solver/multinomial_model.hpp"

namespace fastreg {

class GroupedNewton {
public:
    // The model must outlive this.
    explicit GroupedNewton(MultinomialModel& model)
        : model_(model), classes_(model.n_classes()), factor_(model) {}

    // Of all groups of the model.
    void set_penalty(std::vector<GroupPenalty> penalty);
    // Descends until the gap is at most tol or doesn't shrink any more, or max_sweeps, or
    // control.interrupted().
    InnerReport solve(double tol, Index max_sweeps, const Control& control);

private:
    // A group of the support.
    struct Member {
        Index group;
        bool on_ray;     // at zero, and moves along `unit` only
        double bending;  // l1 / ‖b‖, else 0
    };

    Index n_groups() const { return model_.size() / classes_; }
    const GroupPenalty& h(Index g) const { return penalty_[static_cast<std::size_t>(g)]; }
    auto coef(Index g) const { return model_.coef.segment(g * classes_, classes_); }
    auto gradient(Index g) const { return model_.gradient.segment(g * classes_, classes_); }
    double curvature(Index g) const { return model_.curvature(g * classes_); }
    double objective() const;
    double gap() const;
    void find_support();
    bool find_direction(double share, const Control& control);
    void multiply(const Vector& v, Vector& out);
    void prepare_preconditioner();
    void precondition();
    double place(double length);
    bool search();
    void descend();

    MultinomialModel& model_;
    Index classes_;
    std::vector<GroupPenalty> penalty_;
    std::vector<Member> support_;
    std::vector<Index> positions_;  // of the model, of the support's groups
    std::vector<Index> old_positions_;
    Matrix unit_, scale_;  // by member: u, and the diagonal of the preconditioner
    Vector class_curvature_;
    GroupFactor factor_;
    bool by_factor_ = false;
    double damping_ = 0.0;         // of the system, relative to the curvatures
    double decrement_ = infinity;  // what the last step was to gain, where it was solved for
    // By position in positions_.
    Vector descent_, direction_, residual_, search_, product_, preconditioned_, before_;
    bool solved_ = true;  // whether the last system was, as closely as was asked for
    Index left_ = 0;      // iterations that may still be made
};

}  // namespace fastreg
