// Solves the problem of several targets on the working set. Sweeps of block coordinate descent, whose
// steps have a closed form, find the features that are in; while they still change most of what there
// is to gain comes from there. Then Newton steps of these groups follow: with u = b / ‖b‖ the Hessian
// of a group's penalty is
//
//     l2 I + (l1 / ‖b‖) (I − u uᵀ),
//
// and the system is solved by conjugate gradients with its blocks on the diagonal as preconditioner,
// whose inverses are known. A group that turns back is put at zero, and the step is searched for the
// least objective on the way there, which is a convex function of one number.
#pragma once

#include <vector>

#include "fastreg/core/control.hpp"
#include "fastreg/solver/inner_report.hpp"
#include "fastreg/solver/multitask_model.hpp"

namespace fastreg {

class MultitaskDescent {
public:
    // The model must outlive this.
    explicit MultitaskDescent(MultitaskModel& model) : model_(model) {}

    // Descends until the gap is at most tol or doesn't shrink any more, or max_sweeps, or
    // control.interrupted().
    InnerReport solve(double tol, Index max_sweeps, const Control& control);

private:
    bool sweep();
    bool sweep_block(MultitaskModel::Block block);
    // What a step does: a share of a direction, and how the objective changes.
    struct Way {
        Matrix direction;
        MultitaskModel::Image image;
        double share = 1.0;
        double change = 0.0;
    };
    bool newton_step(double share, const Control& control);
    void find_support();
    bool find_direction(double share, const Control& control);
    Matrix multiply(const Matrix& P) const;
    Matrix precondition(const Matrix& R) const;
    double first_at_zero(const Matrix& D) const;
    Way search(Matrix D) const;

    MultitaskModel& model_;
    // By member of the support.
    std::vector<Index> support_;
    Matrix coef_, unit_, descent_, direction_, gram_;
    bool cut_ = false;                    // whether the direction ends where a group gets to zero
    Vector bending_, ridge_, curvature_;  // l1 / ‖b‖, l2, and that of the loss
    Matrix moves_;                        // of a block
    Eigen::RowVectorXd target_;           // of a group's step
};

}  // namespace fastreg
