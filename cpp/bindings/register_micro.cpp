#include "pybind.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include "fastreg/core/tile_product.hpp"
#include "fastreg/solver/cholesky_factor.hpp"

#include "arrays.hpp"

// Single kernels, for bench/micro.py: what a pass, a Gram matrix and a factor cost beside what the
// machine allows.
namespace fastreg::bindings {

namespace {

using MatrixArray = py::array_t<double, py::array::f_style>;

py::array_t<double> transpose_matvec_binding(const py::object& X, const MatrixArray& R) {
    const auto design = make_design(X);
    const Matrix residuals = to_matrix(R, "R");
    if (residuals.rows() != design->rows())
        throw py::value_error("R has " + std::to_string(residuals.rows()) + " rows but X has " +
                              std::to_string(design->rows()));
    Matrix out(design->cols(), residuals.cols());
    {
        const py::gil_scoped_release release;
        design->transpose_matvec(residuals, out);
    }
    return take_matrix(std::move(out));
}

py::array_t<double> gram_binding(const py::object& X) {
    const auto design = make_design(X);
    const Index p = design->cols();
    std::vector<Index> all(static_cast<std::size_t>(p));
    std::iota(all.begin(), all.end(), Index{0});
    Matrix out(p, p);
    {
        const py::gil_scoped_release release;
        design->sandwich(Vector{}, all, Vector{}, out);
    }
    return take_matrix(std::move(out));
}

py::array_t<double> cholesky_solve_binding(const MatrixArray& H, const OptionalArray& b) {
    const Matrix matrix = to_matrix(H, "H");
    Vector x = to_vector(b, "b");
    if (matrix.rows() != matrix.cols() || matrix.rows() != x.size())
        throw py::value_error("H is " + std::to_string(matrix.rows()) + " x " +
                              std::to_string(matrix.cols()) + " and b has " +
                              std::to_string(x.size()) + " entries");
    const std::vector<double> shift(static_cast<std::size_t>(x.size()), 0.0);
    std::vector<Index> all(shift.size());
    std::iota(all.begin(), all.end(), Index{0});
    CholeskyFactor factor;
    {
        const py::gil_scoped_release release;
        factor.append(ShiftedGram{matrix, shift}, all);
        if (factor.size() == x.size()) factor.solve(x);
    }
    if (factor.size() != x.size()) throw py::value_error("H is not positive definite");
    return to_numpy(x);
}

py::array_t<float> tile_gram_binding(const MatrixArray& X, int parts) {
    if (X.ndim() != 2)
        throw py::value_error("X must have 2 dimensions, got " + std::to_string(X.ndim()));
    if (parts != 1 && parts != 2)
        throw py::value_error("parts must be 1 or 2, got " + std::to_string(parts));
    const Index n = X.shape(0), p = X.shape(1);
    py::array_t<float, py::array::f_style> out({p, p});
    Eigen::Map<Eigen::MatrixXf> gram(out.mutable_data(), p, p);
    {
        const py::gil_scoped_release release;
        const Index depth = std::min(TileBlock::good_depth, n);
        TileBlock block(depth, (p + TileBlock::width - 1) / TileBlock::width,
                        static_cast<TileBlock::Parts>(parts));
        gram.setZero();
        for (Index first = 0; first < n; first += depth) {
            block.set_depth(std::min(depth, n - first));
            block.pack_by_column(X.data() + first, n, p, {}, 0);
            block.add_product(p, gram);
        }
        gram.triangularView<Eigen::StrictlyLower>() = gram.transpose();
    }
    return out;
}

}  // namespace

void register_micro(py::module_& m) {
    m.def("transpose_matvec", &transpose_matvec_binding, "X'R by the kernels of a pass.",
          py::arg("X"), py::arg("R"));
    m.def("gram", &gram_binding, "X'X by the kernels of a working set.", py::arg("X"));
    m.def("cholesky_solve", &cholesky_solve_binding,
          "Solution of H x = b by the factor of a working set.", py::arg("H"), py::arg("b"));
    m.def("tile_gram", &tile_gram_binding, "X'X of entries of 8 or (parts = 2) 16 bits.",
          py::arg("X"), py::arg("parts") = 1);
    m.def("has_tiles", &TileBlock::available, "Whether matrix units compute that.");
}

}  // namespace fastreg::bindings
