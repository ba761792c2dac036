// A path as Python gets it.
#pragma once

#include "pybind.hpp"

#include "fastreg/path/path_result.hpp"

#include "arrays.hpp"

namespace fastreg::bindings {

inline py::dict to_dict(PathResult result, double seconds) {
    py::dict out;
    out["alphas"] = to_numpy(result.alphas);
    out["indptr"] = to_numpy(result.indptr);
    out["indices"] = to_numpy(result.indices);
    out["values"] = to_numpy(result.values);
    out["intercepts"] = to_numpy(result.intercepts);
    out["dual_gaps"] = to_numpy(result.dual_gaps);
    out["deviance_ratio"] = to_numpy(result.deviance_ratio);
    out["n_iter"] = to_numpy(result.n_iter);
    out["status"] = to_numpy(result.status);
    out["stop"] = static_cast<int>(result.stop);
    out["n_passes"] = result.n_passes;
    out["seconds"] = seconds;
    out["null_objective"] = result.null_objective;
    out["scale"] = take_vector(std::move(result.scale));
    return out;
}

}  // namespace fastreg::bindings
