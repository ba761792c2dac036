// What cpu_levels.hpp finds, for Python. Built with baseline flags only, as that file says.

#include "cpu_levels.hpp"
#include "pybind.hpp"

namespace {

namespace py = pybind11;

py::dict features() {
    py::dict result;
    for (const auto& feature : fastreg::cpu::detect_features()) {
        result[feature.name] = feature.present;
    }
    return result;
}

}  // namespace

PYBIND11_MODULE(FASTREG_MODULE, m, pybind11::mod_gil_not_used()) {
    m.doc() = "Instruction sets that this processor and operating system support";
    m.def("features", &features,
          "Features that the levels are made of, and whether each can be used here");
    m.def("supported_levels", &fastreg::cpu::supported_levels,
          "Levels that can run here, the slowest first");
}
