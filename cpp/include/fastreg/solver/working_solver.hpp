// A model of the working set together with what solves it.
#pragma once

#include <utility>
#include <vector>

#include "fastreg/core/control.hpp"
#include "fastreg/solver/inner_report.hpp"
#include "fastreg/solver/working_model.hpp"

namespace fastreg {

class WorkingSolver {
public:
    virtual ~WorkingSolver() = default;

    virtual WorkingModel& model() = 0;
    // Whether every digit of the gap takes further steps.
    virtual bool gradual() const = 0;
    // Sets the penalties of the model's members to those of a new alpha.
    virtual void set_penalty(const std::vector<CoordinatePenalty>& penalty) = 0;
    // Descends until the gap is at most tol or doesn't shrink any more, or max_iter, or
    // control.interrupted().
    virtual InnerReport solve(double tol, Index max_iter, const Control& control) = 0;
};

// Solver has the last two for a Model that it is given, and the constant `gradual`.
template <class Model, class Solver>
class SolverOf final : public WorkingSolver {
public:
    template <class... Arguments>
    explicit SolverOf(Arguments&&... arguments) : model_(std::forward<Arguments>(arguments)...) {}

    Model& model() override { return model_; }
    bool gradual() const override { return Solver::gradual; }
    void set_penalty(const std::vector<CoordinatePenalty>& penalty) override {
        solver_.set_penalty(model_, penalty);
    }
    InnerReport solve(double tol, Index max_iter, const Control& control) override {
        return solver_.solve(model_, tol, max_iter, control);
    }

private:
    Model model_;
    Solver solver_;
};

}  // namespace fastreg
