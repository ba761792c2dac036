// A design whose verbs are written in Python, an instance of fastreg.design.Design. The GIL is taken
// for each call only.
//
// What goes in are copies: a residual is small against X, and memory that was only lent could be
// read after it is gone, if Python keeps the array or a traceback that holds it. What comes back is
// checked, since nothing behind it expects to be lied to. An exception of the verb passes through
// the solver as it is.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "pybind.hpp"

#include "fastreg/design/design.hpp"

namespace fastreg::bindings {

class PythonDesign final : public Design {
public:
    // With the GIL held, as for the destructor.
    explicit PythonDesign(py::object X)
        : X_(std::move(X)),
          name_(py::str(py::type::of(X_).attr("__name__"))),
          sequential_(X_.attr("sequential").cast<bool>()),
          spare_memory_(X_.attr("memory").cast<double>()) {
        const auto shape = X_.attr("shape").cast<std::pair<Index, Index>>();
        rows_ = shape.first;
        cols_ = shape.second;
    }

    Index rows() const override { return rows_; }
    Index cols() const override { return cols_; }
    double column_cost(Index) const override {
        return sequential_ ? pass_cost() : static_cast<double>(rows_);
    }
    double pass_cost() const override {
        return static_cast<double>(rows_) * static_cast<double>(cols_);
    }
    bool sequential() const override { return sequential_; }
    Index n_reads() const override { return n_reads_; }
    double spare_memory() const override { return spare_memory_; }

    void matvec(const ConstMatrixRef& B, MatrixRef out) const override {
        const py::gil_scoped_acquire gil;
        take("matvec", call("matvec", to_array(B)), out);
    }

    void transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const override {
        const py::gil_scoped_acquire gil;
        take("transpose_matvec", call("transpose_matvec", to_array(R)), out);
    }

    void columns(Features J, MatrixRef out) const override {
        if (J.empty()) return;
        const py::gil_scoped_acquire gil;
        take("columns", call("columns", to_array(J)), out);
    }

    void transpose_matvec_and_columns(const ConstMatrixRef& R, Features J, MatrixRef out,
                                      MatrixRef gathered) const override {
        if (J.empty()) {
            transpose_matvec(R, out);
            return;
        }
        constexpr const char* verb = "transpose_matvec_and_columns";
        const py::gil_scoped_acquire gil;
        const auto pair = two(verb, call(verb, to_array(R), to_array(J)));
        take(verb, pair.first, out);
        take(verb, pair.second, gathered);
    }

    // Of a sequential design a product with some columns is one with all of them.
    void add_matvec(Features J, const ConstVectorRef& b, VectorRef out) const override {
        if (!sequential_) {
            Design::add_matvec(J, b, out);
            return;
        }
        Matrix all = Matrix::Zero(cols_, 1), product(rows_, 1);
        for (std::size_t k = 0; k < J.size(); ++k) all(J[k], 0) += b[static_cast<Index>(k)];
        matvec(all, product);
        out += product.col(0);
    }

    void transpose_matvec_columns(Features J, const ConstMatrixRef& R,
                                  MatrixRef out) const override {
        if (!sequential_) {
            Design::transpose_matvec_columns(J, R, out);
            return;
        }
        Matrix all(cols_, R.cols());
        transpose_matvec(R, all);
        for (std::size_t k = 0; k < J.size(); ++k) out.row(static_cast<Index>(k)) = all.row(J[k]);
    }

    void sandwich(const ConstVectorRef& weights, Features J, const ConstVectorRef& center,
                  MatrixRef out) const override {
        const py::gil_scoped_acquire gil;
        const py::object about = center.size() ? py::object(to_array(center)) : py::none();
        take("sandwich", call("centered_sandwich", weight_array(weights), to_array(J), about), out);
    }

    ColumnMoments column_moments(const ConstVectorRef& weights) const override {
        const py::gil_scoped_acquire gil;
        const auto pair = two("column_moments", call("column_moments", weight_array(weights)));
        ColumnMoments moments{Vector(cols_), Vector(cols_)};
        take("column_moments", pair.first, moments.mean);
        take("column_moments", pair.second, moments.variance);
        if ((moments.variance.array() < 0.0).any())
            throw py::value_error("column_moments of " + name_ + " returned a negative variance");
        return moments;
    }

private:
    using Strides = Eigen::Stride<Eigen::Dynamic, Eigen::Dynamic>;

    template <class... Arguments>
    py::object call(const char* verb, Arguments&&... arguments) const {
        ++n_reads_;
        return X_.attr(verb)(std::forward<Arguments>(arguments)...);
    }

    static py::array to_array(const ConstMatrixRef& values) {
        py::array_t<double, py::array::f_style> array({values.rows(), values.cols()});
        Eigen::Map<Matrix>(array.mutable_data(), values.rows(), values.cols()) = values;
        return array;
    }
    static py::array to_array(const ConstVectorRef& values) {
        return py::array_t<double>(values.size(), values.data());
    }
    static py::array to_array(Features J) {
        py::array_t<std::int64_t> array(static_cast<py::ssize_t>(J.size()));
        std::copy(J.begin(), J.end(), array.mutable_data());
        return array;
    }
    py::array weight_array(const ConstVectorRef& weights) const {
        return weights.size() ? to_array(weights) : to_array(ConstVectorRef(Vector::Ones(rows_)));
    }

    std::string who(const char* verb) const { return std::string(verb) + " of " + name_; }

    std::pair<py::object, py::object> two(const char* verb, const py::object& result) const {
        if (!py::isinstance<py::tuple>(result) || py::len(result) != 2)
            throw py::type_error(who(verb) + " must return a tuple of two arrays, got " +
                                 std::string(py::str(py::type::of(result).attr("__name__"))));
        const auto pair = result.cast<py::tuple>();
        return {pair[0], pair[1]};
    }

    // out = what a verb returned, if it is what it should be.
    template <class Out>
    void take(const char* verb, const py::object& result, Out&& out) const {
        const bool vector = std::remove_cvref_t<Out>::IsVectorAtCompileTime;
        if (!py::isinstance<py::array>(result))
            throw py::type_error(who(verb) + " must return a NumPy array, got " +
                                 std::string(py::str(py::type::of(result).attr("__name__"))));
        auto array = result.cast<py::array>();
        if (std::string("fiub").find(array.dtype().kind()) == std::string::npos)
            throw py::type_error(who(verb) + " must return real numbers, got dtype " +
                                 std::string(py::str(static_cast<py::object>(array.dtype()))));
        py::tuple expected = py::make_tuple(out.rows());
        if (!vector) expected = py::make_tuple(out.rows(), out.cols());
        const py::object shape = array.attr("shape");
        if (!shape.equal(expected))
            throw py::value_error(who(verb) + " returned an array of shape " +
                                  std::string(py::str(shape)) + ", expected " +
                                  std::string(py::str(static_cast<py::object>(expected))));
        if (!readable(array)) array = py::array_t<double, py::array::f_style>::ensure(array);
        if (!array) throw py::error_already_set();
        constexpr auto element = static_cast<py::ssize_t>(sizeof(double));
        out = Eigen::Map<const Matrix, 0, Strides>(
            static_cast<const double*>(array.data()), out.rows(), out.cols(),
            Strides(vector ? 0 : array.strides(1) / element, array.strides(0) / element));
        if (!out.allFinite())
            throw py::value_error(who(verb) + " returned a value that is not finite");
    }

    // Whether the array is float64 in the machine's order at steps that Eigen can take.
    static bool readable(const py::array& array) {
        constexpr auto element = static_cast<py::ssize_t>(sizeof(double));
        bool steps = py::isinstance<py::array_t<double>>(array) &&
                     reinterpret_cast<std::uintptr_t>(array.data()) % alignof(double) == 0;
        for (py::ssize_t k = 0; k < array.ndim(); ++k)
            steps = steps && array.strides(k) >= 0 && array.strides(k) % element == 0;
        return steps;
    }

    py::object X_;
    std::string name_;
    bool sequential_;
    double spare_memory_;
    Index rows_ = 0, cols_ = 0;
    mutable Index n_reads_ = 0;  // calls of verbs
};

}  // namespace fastreg::bindings
