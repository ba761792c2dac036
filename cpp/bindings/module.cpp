#include "pybind.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <string>

#include "interrupt.hpp"

// FASTREG_MODULE is _core_baseline, _core_v3 or _core_v4: one set of sources, one module a level.
// Only functions over arrays are exported, never classes, so that no object of one level can
// reach the code of another.
PYBIND11_MODULE(FASTREG_MODULE, m, pybind11::mod_gil_not_used()) {
    m.doc() = "Compiled kernels of fastreg for one instruction set";
    m.attr("isa") = FASTREG_ISA;
    m.attr("version") = FASTREG_VERSION;
    m.attr("compiler") = FASTREG_COMPILER;
    m.attr("eigen_version") = std::to_string(EIGEN_WORLD_VERSION) + "." +
                              std::to_string(EIGEN_MAJOR_VERSION) + "." +
                              std::to_string(EIGEN_MINOR_VERSION);

    m.def(
        "calls_in_progress",
        [](bool reset) {
            if (reset) fastreg::bindings::calls_in_progress = 0;
            return std::max(0, fastreg::bindings::calls_in_progress.load());
        },
        "How many kernels are at work in this process, in all threads of Python.",
        pybind11::kw_only(), pybind11::arg("reset") = false);
    fastreg::bindings::register_data(m);
    fastreg::bindings::register_folds(m);
    fastreg::bindings::register_gram(m);
    fastreg::bindings::register_many(m);
    fastreg::bindings::register_micro(m);
    fastreg::bindings::register_path(m);
    fastreg::bindings::register_ridge(m);
}
