// The solver of the working set for the gaussian family.
#pragma once

#include "fastreg/solver/residual_model.hpp"
#include "fastreg/solver/support_solver.hpp"
#include "fastreg/solver/working_solver.hpp"

namespace fastreg {

// Made from X̃ and ỹ.
using LeastSquaresSolver = SolverOf<ResidualModel, SupportSolver>;

}  // namespace fastreg
