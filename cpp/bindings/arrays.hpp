// NumPy arrays to and from the core. A design is wrapped where it lies: nothing here copies X.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pybind.hpp"

#include "fastreg/design/dense.hpp"

namespace fastreg::bindings {

using OptionalArray = std::optional<py::array_t<double, py::array::c_style>>;

// The array must outlive the design. Anything but float64 in C or F order is refused, never
// converted.
inline std::unique_ptr<Design> make_design(const py::array& X) {
    if (X.ndim() != 2)
        throw py::value_error("X must have 2 dimensions, got " + std::to_string(X.ndim()));
    if (!py::isinstance<py::array_t<double>>(X)) throw py::type_error("X must be float64");
    const auto* data = static_cast<const double*>(X.data());
    const Index rows = X.shape(0), cols = X.shape(1);
    if (X.flags() & py::array::f_style)
        return std::make_unique<DenseDesign<double, Eigen::ColMajor>>(data, rows, cols);
    if (X.flags() & py::array::c_style)
        return std::make_unique<DenseDesign<double, Eigen::RowMajor>>(data, rows, cols);
    throw py::value_error("X must be contiguous, in C or in Fortran order");
}

// Copies; None gives an empty vector.
inline Vector to_vector(const OptionalArray& array, const char* name) {
    if (!array) return {};
    if (array->ndim() != 1) throw py::value_error(std::string(name) + " must have 1 dimension");
    return Eigen::Map<const Vector>(array->data(), array->shape(0));
}

inline Matrix to_matrix(const py::array_t<double, py::array::f_style>& array, const char* name) {
    if (array.ndim() != 2) throw py::value_error(std::string(name) + " must have 2 dimensions");
    return Eigen::Map<const Matrix>(array.data(), array.shape(0), array.shape(1));
}

template <class T>
py::array_t<T> to_numpy(const std::vector<T>& values) {
    return py::array_t<T>(static_cast<py::ssize_t>(values.size()), values.data());
}

inline py::array_t<double> to_numpy(const Vector& values) {
    return py::array_t<double>(values.size(), values.data());
}

// A NumPy view that owns the matrix, with the shape and the strides (in entries) given.
inline py::array_t<double> take_matrix(Matrix matrix, std::vector<py::ssize_t> shape,
                                       std::vector<py::ssize_t> strides) {
    auto owner = std::make_unique<Matrix>(std::move(matrix));
    for (auto& stride : strides) stride *= static_cast<py::ssize_t>(sizeof(double));
    const double* data = owner->data();
    const py::capsule release(owner.release(), [](void* p) { delete static_cast<Matrix*>(p); });
    return {std::move(shape), std::move(strides), data, release};
}

inline py::array_t<double> take_matrix(Matrix matrix) {
    const Index rows = matrix.rows(), cols = matrix.cols();
    return take_matrix(std::move(matrix), {rows, cols}, {1, rows});
}

}  // namespace fastreg::bindings
