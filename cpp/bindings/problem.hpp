// The problem of a path, as Python states it.
#pragma once

#include <string>

#include "pybind.hpp"

#include "fastreg/path/family_path.hpp"

#include "arrays.hpp"

namespace fastreg::bindings {

// Apart from where to start. The design must outlive it.
inline FamilyProblem make_problem(const Design& X, const py::array_t<double>& y,
                                  const OptionalArray& sample_weight, double l1_ratio,
                                  StandardizeOptions standardize,
                                  const OptionalArray& penalty_factor,
                                  const OptionalArray& lower_bounds,
                                  const OptionalArray& upper_bounds, const std::string& family,
                                  const OptionalArray& offset, bool grouped) {
    return {.data = {.X = X,
                     .y = to_vector(y, "y"),
                     .sample_weight = to_vector(sample_weight, "sample_weight"),
                     .standardize = standardize,
                     .l1_ratio = l1_ratio,
                     .penalty_factor = to_vector(penalty_factor, "penalty_factor"),
                     .lower_bounds = to_vector(lower_bounds, "lower_bounds"),
                     .upper_bounds = to_vector(upper_bounds, "upper_bounds"),
                     .coef_init = {}},
            .family = family,
            .offset = to_vector(offset, "offset"),
            .grouped = grouped};
}

}  // namespace fastreg::bindings
