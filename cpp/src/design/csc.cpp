#include "fastreg/design/csc.hpp"

#include <algorithm>
#include <cmath>

namespace fastreg {

namespace {

// Entries, on average, of a part of a pass.
constexpr double part_entries = 1 << 17;
// Columns whose products are made without their entries by rows.
constexpr Index few_columns = 32;

}  // namespace

template <class Value, class Integer>
Index CscDesign<Value, Integer>::part_columns() const {
    const double share = part_entries / std::max(1.0, pass_cost());
    return std::max<Index>(1, static_cast<Index>(std::ceil(share * static_cast<double>(cols()))));
}

template <class Value, class Integer>
std::unique_ptr<Design> CscDesign<Value, Integer>::part(Index first, Index count) const {
    CscView<Value, Integer> view = X_;
    view.indptr += first;
    view.cols = count;
    return std::make_unique<CscDesign>(view);
}

template <class Value, class Integer>
void CscDesign<Value, Integer>::matvec(const ConstMatrixRef& B, MatrixRef out) const {
    out.setZero();
    for (Index t = 0; t < B.cols(); ++t)
        for (Index j = 0; j < cols(); ++j) {
            const double b = B(j, t);
            if (b != 0.0) for_each_entry(j, [&](Index i, double x) { out(i, t) += x * b; });
        }
}

template <class Value, class Integer>
void CscDesign<Value, Integer>::add_matvec(Features J, const ConstVectorRef& b,
                                           VectorRef out) const {
    for (std::size_t k = 0; k < J.size(); ++k)
        for_each_entry(J[k], [&, factor = b[static_cast<Index>(k)]](Index i, double x) {
            out[i] += x * factor;
        });
}

template <class Value, class Integer>
template <class Next>
void CscDesign<Value, Integer>::correlate(Next next, const ConstMatrixRef& R, MatrixRef out) const {
    if (R.cols() == 1) {
        const double* r = R.data();
        for (Index k = 0; k < out.rows(); ++k) out(k, 0) = dot(next(k), r);
        return;
    }
    const Matrix by_row = R.transpose();  // an entry meets the residuals of its row side by side
    Matrix sums(R.cols(), 1);
    auto sum = sums.col(0);
    for (Index k = 0; k < out.rows(); ++k) {
        sum.setZero();
        for_each_entry(next(k), [&](Index i, double x) { sum += x * by_row.col(i); });
        out.row(k) = sum.transpose();
    }
}

template <class Value, class Integer>
void CscDesign<Value, Integer>::transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const {
    correlate([](Index j) { return j; }, R, out);
}

template <class Value, class Integer>
void CscDesign<Value, Integer>::transpose_matvec_columns(Features J, const ConstMatrixRef& R,
                                                         MatrixRef out) const {
    correlate([&](Index k) { return J[static_cast<std::size_t>(k)]; }, R, out);
}

// Sums that don't wait for each other.
template <class Value, class Integer>
double CscDesign<Value, Integer>::dot(Index j, const double* a) const {
    Integer k = X_.indptr[j];
    const Integer end = X_.indptr[j + 1];
    const auto term = [&](Integer at) {
        return static_cast<double>(X_.values[at]) * a[static_cast<Index>(X_.indices[at])];
    };
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;
    for (; k + 4 <= end; k += 4) {
        s0 += term(k);
        s1 += term(k + 1);
        s2 += term(k + 2);
        s3 += term(k + 3);
    }
    for (; k < end; ++k) s0 += term(k);
    return (s0 + s1) + (s2 + s3);
}

// The entries of a column are still in the first-level cache when they are needed again.
template <class Value, class Integer>
void CscDesign<Value, Integer>::outer_product_of_one(const double* a, const ConstVectorRef& scale,
                                                     const ConstVectorRef& center,
                                                     VectorRef out) const {
    const bool centred = center.size() > 0;
    const double sum = centred ? Eigen::Map<const Vector>(a, rows()).sum() : 0.0;
    double shift = 0.0;
    out.setZero();
    double* o = out.data();
    for (Index j = 0; j < cols(); ++j) {
        double t = dot(j, a);
        if (centred) t -= center[j] * sum;
        t *= scale[j];
        if (centred) shift += center[j] * t;
        for_each_entry(j, [&](Index i, double x) { o[i] += x * t; });
    }
    out.array() -= shift;
}

template <class Value, class Integer>
void CscDesign<Value, Integer>::outer_product(const ConstMatrixRef& A, const ConstVectorRef& scale,
                                              const ConstVectorRef& center, MatrixRef out) const {
    if (A.cols() == 1) return outer_product_of_one(A.data(), scale, center, out.col(0));
    const Index count = A.cols();
    const Matrix by_row = A.transpose();
    const Vector sums = by_row.rowwise().sum();
    Matrix product = Matrix::Zero(count, rows());
    Matrix products(count, 1);
    auto t = products.col(0);
    Vector shift = Vector::Zero(count);
    for (Index j = 0; j < cols(); ++j) {
        if (scale[j] == 0.0) continue;
        t.setZero();
        for_each_entry(j, [&](Index i, double x) { t += x * by_row.col(i); });
        if (center.size()) t -= center[j] * sums;
        t *= scale[j];
        if (center.size()) shift += center[j] * t;
        for_each_entry(j, [&](Index i, double x) { product.col(i) += x * t; });
    }
    product.colwise() -= shift;
    out = product.transpose();
}

template <class Value, class Integer>
SparseColumns CscDesign<Value, Integer>::entries(Features J, const ConstVectorRef& scale) const {
    SparseColumns found(rows());
    Index count = 0;
    for (const Index j : J) count += n_entries(j);
    found.reserve(static_cast<Index>(J.size()), count);
    for (std::size_t k = 0; k < J.size(); ++k) {
        const double factor = scale[static_cast<Index>(k)];
        for_each_entry(J[k], [&](Index i, double x) { found.add(i, x * factor); });
        found.end_column();
    }
    return found;
}

template <class Value, class Integer>
Vector CscDesign<Value, Integer>::row_squares(const ConstVectorRef& scale,
                                              const ConstVectorRef& center) const {
    Vector squares = Vector::Zero(rows());
    double absent = 0.0;  // what rows without an entry have
    for (Index j = 0; j < cols(); ++j) {
        const double origin = center.size() ? center[j] : 0.0, factor = scale[j];
        absent += factor * origin * origin;
        for_each_entry(j,
                       [&](Index i, double x) { squares[i] += factor * x * (x - 2.0 * origin); });
    }
    return (squares.array() + absent).cwiseMax(0.0);
}

template <class Value, class Integer>
void CscDesign<Value, Integer>::columns(Features J, MatrixRef out) const {
    out.setZero();
    for (Index k = 0; k < out.cols(); ++k)
        for_each_entry(J[static_cast<std::size_t>(k)], [&](Index i, double x) { out(i, k) += x; });
}

// Few columns: each is spread out once and meets the entries of those before it.
template <class Value, class Integer>
void CscDesign<Value, Integer>::sandwich_of_few(const ConstVectorRef& weights, Features J,
                                                MatrixRef out) const {
    Vector spread = Vector::Zero(rows());
    for (Index b = 0; b < out.cols(); ++b) {
        const Index column = J[static_cast<std::size_t>(b)];
        for_each_entry(column,
                       [&](Index i, double x) { spread[i] = weights.size() ? weights[i] * x : x; });
        for (Index a = 0; a <= b; ++a)
            out(a, b) = dot(J[static_cast<std::size_t>(a)], spread.data());
        for_each_entry(column, [&](Index i, double) { spread[i] = 0.0; });
    }
}

// The centre is subtracted afterwards, which costs no accuracy while the mean of a sparse column is
// small against its spread.
template <class Value, class Integer>
void CscDesign<Value, Integer>::sandwich(const ConstVectorRef& weights, Features J,
                                         const ConstVectorRef& center, MatrixRef out) const {
    const Index m = static_cast<Index>(J.size());
    if (m <= few_columns) {
        sandwich_of_few(weights, J, out);
    } else {
        const SparseColumns columns = entries(J, Vector::Ones(m));
        SparseColumns by_row = columns.transposed();
        if (weights.size()) by_row.scale_columns(weights);
        columns.gram(by_row, out);
    }
    for (Index b = 0; b < m; ++b)
        for (Index a = 0; a < b; ++a) out(b, a) = out(a, b);
    if (center.size() == 0) return;
    const double total = weights.size() ? weights.sum() : static_cast<double>(rows());
    Vector sums = Vector::Zero(m);
    for (Index b = 0; b < m; ++b)
        for_each_entry(J[static_cast<std::size_t>(b)],
                       [&](Index i, double x) { sums[b] += weights.size() ? weights[i] * x : x; });
    const Vector shifted = sums - total * center;
    for (Index b = 0; b < m; ++b)
        for (Index a = 0; a < m; ++a) out(a, b) -= center[a] * shifted[b] + sums[a] * center[b];
}

template <class Value, class Integer>
ColumnMoments CscDesign<Value, Integer>::column_moments(const ConstVectorRef& weights) const {
    const double total = weights.size() ? weights.sum() : static_cast<double>(rows());
    ColumnMoments moments{Vector(cols()), Vector(cols())};
    const auto weight = [&](Index i) { return weights.size() ? weights[i] : 1.0; };
    for (Index j = 0; j < cols(); ++j) {
        const bool full = n_entries(j) == rows();
        double origin =
            0.0;  // of a full column, one of its entries, so that a constant one gives exact zeros
        if (full)
            for_each_entry(j, [&](Index i, double x) {
                if (weight(i) > 0.0) origin = x;
            });
        double sum = 0.0, present = 0.0, squares = 0.0;
        for_each_entry(j, [&](Index i, double x) {
            sum += weight(i) * (x - origin);
            present += weight(i);
        });
        const double shift = sum / total;
        for_each_entry(j, [&](Index i, double x) {
            const double d = x - origin - shift;
            squares += weight(i) * d * d;
        });
        const double absent = full ? 0.0 : std::max(0.0, total - present);
        moments.mean[j] = origin + shift;
        moments.variance[j] = (squares + absent * shift * shift) / total;
    }
    return moments;
}

template class CscDesign<double, std::int32_t>;
template class CscDesign<double, std::int64_t>;
template class CscDesign<float, std::int32_t>;
template class CscDesign<float, std::int64_t>;

}  // namespace fastreg
