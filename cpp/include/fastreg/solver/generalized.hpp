// The solver of the working set for families with a link.
#pragma once

#include "fastreg/solver/glm_model.hpp"
#include "fastreg/solver/proximal_newton.hpp"
#include "fastreg/solver/working_solver.hpp"

namespace fastreg {

// Made from X̃, the loss and the response.
using GeneralizedSolver = SolverOf<GlmModel, ProximalNewton>;

}  // namespace fastreg
