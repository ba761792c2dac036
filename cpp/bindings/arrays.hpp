// NumPy arrays to and from the core. A design is wrapped where it lies: nothing here copies X.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pybind.hpp"

#include "fastreg/design/csc.hpp"
#include "fastreg/design/dense.hpp"

#include "python_design.hpp"

namespace fastreg::bindings {

using OptionalArray = std::optional<py::array_t<double, py::array::c_style>>;

inline ScalarType scalar_type(const py::dtype& dtype) {
    const char kind = dtype.kind();
    const auto size = dtype.itemsize();
    if (kind == 'f' && size == 8) return ScalarType::float64;
    if (kind == 'f' && size == 4) return ScalarType::float32;
    if (kind == 'b') return ScalarType::uint8;
    if (kind == 'i' && size == 1) return ScalarType::int8;
    if (kind == 'i' && size == 2) return ScalarType::int16;
    if (kind == 'i' && size == 4) return ScalarType::int32;
    if (kind == 'i' && size == 8) return ScalarType::int64;
    if (kind == 'u' && size == 1) return ScalarType::uint8;
    if (kind == 'u' && size == 2) return ScalarType::uint16;
    if (kind == 'u' && size == 4) return ScalarType::uint32;
    if (kind == 'u' && size == 8) return ScalarType::uint64;
    throw py::type_error("X has an element type that the kernels don't read: " +
                         py::str(static_cast<py::object>(dtype)).cast<std::string>());
}

// The array must outlive the design. Its memory is read where it is, whatever its strides.
inline std::unique_ptr<Design> make_design(const py::array& X) {
    if (X.ndim() != 2)
        throw py::value_error("X must have 2 dimensions, got " + std::to_string(X.ndim()));
    return std::make_unique<DenseDesign>(DenseView{.data = static_cast<const std::byte*>(X.data()),
                                                   .type = scalar_type(X.dtype()),
                                                   .rows = X.shape(0),
                                                   .cols = X.shape(1),
                                                   .row_stride = X.strides(0),
                                                   .col_stride = X.strides(1)});
}

template <class Value, class Integer>
std::unique_ptr<Design> make_csc(const py::array& values, const py::array& indices,
                                 const py::array& indptr, Index rows) {
    return std::make_unique<CscDesign<Value, Integer>>(
        CscView<Value, Integer>{.values = static_cast<const Value*>(values.data()),
                                .indices = static_cast<const Integer*>(indices.data()),
                                .indptr = static_cast<const Integer*>(indptr.data()),
                                .rows = rows,
                                .cols = indptr.shape(0) - 1});
}

// (values, indices, indptr, rows), contiguous, float64 or float32, int32 or int64; without
// duplicates.
inline std::unique_ptr<Design> make_csc_design(const py::tuple& parts) {
    const auto values = parts[0].cast<py::array>(), indices = parts[1].cast<py::array>(),
               indptr = parts[2].cast<py::array>();
    const Index rows = parts[3].cast<Index>();
    const ScalarType value = scalar_type(values.dtype()), integer = scalar_type(indices.dtype());
    if (integer != scalar_type(indptr.dtype()))
        throw py::type_error("indices and indptr must have one type");
    if (value == ScalarType::float64 && integer == ScalarType::int32)
        return make_csc<double, std::int32_t>(values, indices, indptr, rows);
    if (value == ScalarType::float64 && integer == ScalarType::int64)
        return make_csc<double, std::int64_t>(values, indices, indptr, rows);
    if (value == ScalarType::float32 && integer == ScalarType::int32)
        return make_csc<float, std::int32_t>(values, indices, indptr, rows);
    if (value == ScalarType::float32 && integer == ScalarType::int64)
        return make_csc<float, std::int64_t>(values, indices, indptr, rows);
    throw py::type_error(
        "a sparse X must hold float64 or float32 values and int32 or int64 indices");
}

// What Python passes as X: an array, the parts of a sparse matrix, or a fastreg.design.Design.
inline std::unique_ptr<Design> make_design(const py::object& X) {
    if (py::isinstance<py::tuple>(X)) return make_csc_design(X.cast<py::tuple>());
    if (!py::isinstance<py::array>(X)) return std::make_unique<PythonDesign>(X);
    return make_design(X.cast<py::array>());
}

// Copies; None gives an empty vector.
inline Vector to_vector(const OptionalArray& array, const char* name) {
    if (!array) return {};
    if (array->ndim() != 1) throw py::value_error(std::string(name) + " must have 1 dimension");
    return Eigen::Map<const Vector>(array->data(), array->shape(0));
}

// Read where it is; the array must outlive the view.
inline Eigen::Map<const Matrix> matrix_view(const py::array_t<double, py::array::f_style>& array,
                                            const char* name) {
    if (array.ndim() != 2) throw py::value_error(std::string(name) + " must have 2 dimensions");
    return {array.data(), array.shape(0), array.shape(1)};
}

inline Matrix to_matrix(const py::array_t<double, py::array::f_style>& array, const char* name) {
    return matrix_view(array, name);
}

template <class T>
py::array_t<T> to_numpy(const std::vector<T>& values) {
    return py::array_t<T>(static_cast<py::ssize_t>(values.size()), values.data());
}

inline py::array_t<double> to_numpy(const Vector& values) {
    return py::array_t<double>(values.size(), values.data());
}

using RowsArray = py::array_t<Index, py::array::c_style | py::array::forcecast>;

// Rows of each of several folds.
inline std::vector<std::vector<Index>> to_rows(const py::list& folds) {
    std::vector<std::vector<Index>> rows;
    for (const py::handle fold : folds) {
        const auto array = fold.cast<RowsArray>();
        rows.emplace_back(array.data(), array.data() + array.size());
    }
    return rows;
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

// The same for a vector.
inline py::array_t<double> take_vector(Vector vector) {
    const Index size = vector.size();
    return take_matrix(std::move(vector), {size}, {1});
}

inline py::array_t<double> take_matrix(Matrix matrix) {
    const Index rows = matrix.rows(), cols = matrix.cols();
    return take_matrix(std::move(matrix), {rows, cols}, {1, rows});
}

}  // namespace fastreg::bindings
