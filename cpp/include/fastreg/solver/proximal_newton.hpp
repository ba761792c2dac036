// Solves a generalised linear model on the working set by a proximal Newton method (Lee, Sun and
// Saunders 2014). A step minimises the quadratic model of the loss, with the penalty as it is, and a
// line search on the objective makes it safe.
//
// What costs is the Gram matrix Xᵀ diag(μ') X of the members that are free or pulled, and its factor.
// Both are *lagged*: they stay those of earlier curvatures μ', over several steps and alphas, while
// steps still gain enough, and new members are appended. Gradients and the objective are exact, so
// only the speed depends on the lag. What changes most from one point to another is the size of the
// curvatures, not their pattern: the matrix is multiplied by a number that makes it agree with the
// present one along the last step. What is left of the lag is foreseen along the last few steps, whose
// changes of the gradient are known (StepMemory): a path goes on much as it came. Being only a model,
// the matrix is made in float32, until a step gains nothing with one that was just made.
//
// Where the matrix would be too large, OrthantNewton goes through the data instead.
#pragma once

#include <vector>

#include "fastreg/core/control.hpp"
#include "fastreg/solver/glm_model.hpp"
#include "fastreg/solver/gram_solver.hpp"
#include "fastreg/solver/inner_report.hpp"
#include "fastreg/solver/orthant_newton.hpp"
#include "fastreg/solver/step_memory.hpp"

namespace fastreg {

class ProximalNewton {
public:
    static constexpr bool gradual = true;

    // Sets the penalties of the model's members to those of a new alpha.
    void set_penalty(GlmModel& model, const std::vector<CoordinatePenalty>& penalty);
    // Descends until the gap is at most tol or doesn't shrink any more, or max_iter steps and sweeps,
    // or control.interrupted().
    InnerReport solve(GlmModel& model, double tol, Index max_iter, const Control& control);

private:
    InnerReport solve_by_data(GlmModel& model, double tol, Index max_iter, const Control& control);
    void find_wanted(const GlmModel& model);
    bool too_large(const GlmModel& model) const;
    bool prepare(const GlmModel& model);
    void add_near(const GlmModel& model, std::vector<Index>& positions) const;
    void rebuild(const GlmModel& model);
    void append(const GlmModel& model, const std::vector<Index>& entering);
    void make_room(Index size);
    void set_quadratic(const GlmModel& model);
    Index solve_quadratic(const GlmModel& model, double tol, Index most, const Control& control);
    bool memory_pays(const GlmModel& model) const;
    bool step(GlmModel& model);
    void remember(const GlmModel& model, const Vector& before, const std::vector<Index>& moving,
                  const Vector& way);
    bool rebuilding_pays(const GlmModel& model, double contraction, double ratio) const;

    Index member(Index k) const { return members_[static_cast<std::size_t>(k)]; }

    OrthantNewton by_data_;
    GramSolver quadratic_solver_;
    QuadraticModel quadratic_;    // of the members, divided by scale_
    std::vector<Index> members_;  // positions of the model, in the quadratic model's order
    std::vector<Index> place_;    // position → place among the members, −1 if it has none
    std::vector<Index> wanted_;   // positions that are free or pulled
    StepMemory memory_;           // what the matrix has wrong along the last steps
    Vector lagged_;               // the curvatures that the Gram matrix belongs to
    double scale_ = 1.0;          // what it is multiplied by
    bool fresh_product_ = false;  // whether its product belongs to its coefficients
    bool outdated_ = true;        // whether it is to be built anew
    bool rough_ = true;           // whether float32 is enough for it
    Index steps_ = 0;             // made at this alpha
    double gained_ = 0.0;         // by the last step, of the objective
};

}  // namespace fastreg
