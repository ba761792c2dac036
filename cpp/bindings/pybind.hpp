#pragma once

// The one place that includes pybind11; the first include of every file in this folder.
// pybind11/eigen.h is left out on purpose: its casters copy without saying so.
// See arrays.hpp for how NumPy arrays are taken.

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

namespace fastreg::bindings {

namespace py = pybind11;

// One for each subject, in the file of its name; module.cpp calls them.
void register_data(py::module_& m);
void register_folds(py::module_& m);
void register_gram(py::module_& m);
void register_many(py::module_& m);
void register_micro(py::module_& m);
void register_path(py::module_& m);
void register_ridge(py::module_& m);

}  // namespace fastreg::bindings
