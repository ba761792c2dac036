// Solves the problem on the working set without a matrix of the support's size: Newton steps whose
// systems are solved by conjugate gradients, with products through the data.
//
// A round takes in the coefficients A that are free or are pulled off zero, or off a bound, fixes
// their signs s, and solves (G_AA + D) d = c_A − alpha·l1·s − D b_A, roughly while the support still
// changes. The step goes along the projection of b + t d onto the orthant of s and the bounds, so
// that many coefficients vanish at once, with t halved until the objective falls enough (Bertsekas
// 1982; Andrew and Gao 2007 for the orthant). Where no such t is found, sweeps of coordinate descent
// follow, which can't fail to descend.
//
// The preconditioner is the dual factor where the support is larger than n and has L2 terms, and it
// then is an exact inverse but for rounding; otherwise the diagonal, or what is given instead.
#pragma once

#include <vector>

#include "fastreg/core/control.hpp"
#include "fastreg/solver/dual_factor.hpp"
#include "fastreg/solver/inner_report.hpp"
#include "fastreg/solver/support_preconditioner.hpp"
#include "fastreg/solver/working_model.hpp"

namespace fastreg {

class OrthantNewton {
public:
    // Descends until the gap is at most tol or doesn't shrink any more, or max_sweeps, or
    // control.interrupted(). An n × n matrix may be kept if dual_fits.
    InnerReport solve(WorkingModel& model, double tol, Index max_sweeps, bool dual_fits,
                      const Control& control);
    // What takes the diagonal's place, if it isn't null; it must outlive this, or the next call.
    void set_preconditioner(SupportPreconditioner* other) { other_ = other; }
    // Frees what is kept between calls.
    void clear() { dual_.clear(); }

private:
    void find_support(const WorkingModel& model);
    bool advance(WorkingModel& model, bool dual_fits, bool same, const Control& control);
    bool find_step(WorkingModel& model, bool dual_fits, bool same, const Control& control);
    bool find_direction(WorkingModel& model, double share, const Control& control);
    void precondition(const WorkingModel& model);
    bool drop_turned(const WorkingModel& model);
    double to_first_zero(const WorkingModel& model) const;
    void follow_flat_way(const WorkingModel& model);
    bool search(WorkingModel& model, bool far);
    double place(WorkingModel& model, double length);
    void sweep(WorkingModel& model, const Control& control);
    void step_together(WorkingModel& model, double objective);

    DualFactor dual_;
    bool by_dual_ = false;
    SupportPreconditioner* other_ = nullptr;
    bool by_other_ = false;
    bool solved_ = true;          // whether the last system was, as closely as was asked for
    Index left_ = 0;              // iterations that may still be made
    std::vector<Index> support_;  // A
    std::vector<Index> old_support_;
    std::vector<double> sign_;  // s, of each of A
    // Of A, in its order.
    Vector descent_, direction_, residual_, search_, product_, preconditioned_;
    Vector before_;  // coefficients of A to go back to
};

}  // namespace fastreg
