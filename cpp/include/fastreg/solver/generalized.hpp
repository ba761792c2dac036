// The solver of the working set for families with a link.
#pragma once

#include <optional>
#include <vector>

#include "fastreg/solver/class_factor.hpp"
#include "fastreg/solver/glm_model.hpp"
#include "fastreg/solver/multinomial_model.hpp"
#include "fastreg/solver/orthant_newton.hpp"
#include "fastreg/solver/proximal_newton.hpp"
#include "fastreg/solver/working_solver.hpp"

namespace fastreg {

// Made from X̃, the loss and the response.
using GeneralizedSolver = SolverOf<GlmModel, ProximalNewton>;

// Products through the data are all that is asked of the Hessian of several classes.
class ClassNewton {
public:
    static constexpr bool gradual = true;

    void set_penalty(MultinomialModel& model, const std::vector<CoordinatePenalty>& penalty) {
        model.penalty = penalty;
    }
    InnerReport solve(MultinomialModel& model, double tol, Index max_iter, const Control& control) {
        if (!factor_) factor_.emplace(model);
        newton_.set_preconditioner(&*factor_);
        return newton_.solve(model, tol, max_iter, false, control);
    }

private:
    OrthantNewton newton_;
    std::optional<ClassFactor> factor_;
};

// Made from X̃ of all classes, that of one, and the classes' probabilities.
using MultinomialSolver = SolverOf<MultinomialModel, ClassNewton>;

}  // namespace fastreg
