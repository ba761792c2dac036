#include "pybind.hpp"

#include "fastreg/design/csc_check.hpp"
#include "fastreg/design/product.hpp"
#include "fastreg/design/standardized.hpp"

#include "arrays.hpp"

namespace fastreg::bindings {

namespace {

using MatrixArray = py::array_t<double, py::array::f_style>;
using IndexArray = py::array_t<std::int64_t, py::array::c_style>;

py::array_t<double> product_binding(const py::object& X, const IndexArray& features,
                                    const MatrixArray& B) {
    const auto design = make_design(X);
    std::vector<Index> J(features.data(), features.data() + features.size());
    for (const Index j : J)
        if (j < 0 || j >= design->cols())
            throw py::index_error("X has no column " + std::to_string(j));
    const Matrix coefs = to_matrix(B, "B");
    if (coefs.rows() != static_cast<Index>(J.size()))
        throw py::value_error("B has " + std::to_string(coefs.rows()) + " rows for " +
                              std::to_string(J.size()) + " features");
    Matrix out = [&] {
        const py::gil_scoped_release release;
        return product(*design, J, coefs);
    }();
    return take_matrix(std::move(out));
}

py::dict standardization_binding(const py::object& X, const OptionalArray& sample_weight,
                                 bool fit_intercept, bool standardize) {
    const auto design = make_design(X);
    const Vector weight = to_vector(sample_weight, "sample_weight");
    if (weight.size() != 0 && weight.size() != design->rows())
        throw py::value_error("sample_weight has " + std::to_string(weight.size()) +
                              " entries, but X has " + std::to_string(design->rows()) + " rows");
    const StandardizedDesign view = [&] {
        const py::gil_scoped_release release;
        return StandardizedDesign(*design, normalized_weight(weight), {fit_intercept, standardize});
    }();
    py::dict out;
    out["center"] = to_numpy(view.center());
    out["scale"] = to_numpy(view.scale());
    out["mean_square"] = to_numpy(view.mean_square());
    return out;
}

template <class Integer>
bool check_csc(const py::array& indices, const py::array& indptr, Index rows) {
    const auto* entries = static_cast<const Integer*>(indices.data());
    const auto* columns = static_cast<const Integer*>(indptr.data());
    const Index cols = indptr.shape(0) - 1, n_values = indices.shape(0);
    const py::gil_scoped_release release;
    return has_duplicates(entries, columns, rows, cols, n_values);
}

bool has_duplicates_binding(const py::array& indices, const py::array& indptr, Index rows) {
    if (indices.ndim() != 1 || indptr.ndim() != 1 || indptr.shape(0) == 0)
        throw py::value_error("indices and indptr must have 1 dimension");
    const ScalarType type = scalar_type(indices.dtype());
    if (type != scalar_type(indptr.dtype()))
        throw py::type_error("indices and indptr must have one type");
    if (type == ScalarType::int32) return check_csc<std::int32_t>(indices, indptr, rows);
    if (type == ScalarType::int64) return check_csc<std::int64_t>(indices, indptr, rows);
    throw py::type_error("indices must be int32 or int64");
}

}  // namespace

void register_data(py::module_& m) {
    m.def("product", &product_binding, "X[:, features] @ B, for X in any storage.", py::arg("X"),
          py::arg("features"), py::arg("B"));
    m.def("standardization", &standardization_binding,
          "Centre, scale and mean square of the columns as the solvers see them.", py::arg("X"),
          py::kw_only(), py::arg("sample_weight"), py::arg("fit_intercept"),
          py::arg("standardize"));
    m.def("has_duplicates", &has_duplicates_binding,
          "Whether an entry of a sparse matrix by columns occurs twice; raises if it is broken.",
          py::arg("indices"), py::arg("indptr"), py::arg("rows"));
}

}  // namespace fastreg::bindings
