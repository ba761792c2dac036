// A path of one alpha from the statistics of a few features, the quick way.
#pragma once

#include <optional>

#include "fastreg/gram/standardized_gram.hpp"
#include "fastreg/path/alpha_grid.hpp"
#include "fastreg/path/path_result.hpp"
#include "fastreg/path/penalty_terms.hpp"

namespace fastreg {

// Nothing where gram_path() must be asked: several alphas or none, no penalty, penalty factors or
// bounds, many features, data out of scale, or no convergence. Of the control only the tolerance
// counts, and a limit of sweeps that could matter is left to gram_path(), too. The scale isn't given.
std::optional<PathResult> small_path(const GramView& stats, StandardizeOptions standardize,
                                     const PenaltyTerms& terms, const Vector& coef_init,
                                     const AlphaGrid& grid, const Control& control);

}  // namespace fastreg
