// A sparse matrix by compressed columns, in the caller's memory. Rows within a column may come in
// any order; an entry must not occur twice (its square would not be that of the sum).
#pragma once

#include <cstdint>

#include "fastreg/design/design.hpp"

namespace fastreg {

template <class Value, class Integer>
struct CscView {
    const Value* values;
    const Integer* indices;
    const Integer* indptr;  // cols + 1 of them
    Index rows, cols;
};

template <class Value, class Integer>
class CscDesign final : public Design {
public:
    explicit CscDesign(const CscView<Value, Integer>& view) : X_(view) {}

    Index rows() const override { return X_.rows; }
    Index cols() const override { return X_.cols; }
    bool sparse() const override { return true; }
    double column_cost(Index j) const override { return static_cast<double>(n_entries(j)); }
    double pass_cost() const override {
        return static_cast<double>(X_.indptr[X_.cols] - X_.indptr[0]);
    }
    Index part_columns() const override;
    std::unique_ptr<Design> part(Index first, Index count) const override;
    void matvec(const ConstMatrixRef& B, MatrixRef out) const override;
    void transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const override;
    void add_matvec(Features J, const ConstVectorRef& b, VectorRef out) const override;
    void transpose_matvec_columns(Features J, const ConstMatrixRef& R,
                                  MatrixRef out) const override;
    void outer_product(const ConstMatrixRef& A, const ConstVectorRef& scale,
                       const ConstVectorRef& center, MatrixRef out) const override;
    SparseColumns entries(Features J, const ConstVectorRef& scale) const override;
    Vector row_squares(const ConstVectorRef& scale, const ConstVectorRef& center) const override;
    void columns(Features J, MatrixRef out) const override;
    void sandwich(const ConstVectorRef& weights, Features J, const ConstVectorRef& center,
                  MatrixRef out) const override;
    ColumnMoments column_moments(const ConstVectorRef& weights) const override;

private:
    Index n_entries(Index j) const { return static_cast<Index>(X_.indptr[j + 1] - X_.indptr[j]); }
    // out(k, :) = x_jᵀ R for the k-th column j that next(k) gives, k < out.rows()
    template <class Next>
    void correlate(Next next, const ConstMatrixRef& R, MatrixRef out) const;
    void outer_product_of_one(const double* a, const ConstVectorRef& scale,
                              const ConstVectorRef& center, VectorRef out) const;
    void sandwich_of_few(const ConstVectorRef& weights, Features J, MatrixRef out) const;
    // x_jᵀ a
    double dot(Index j, const double* a) const;
    // visit(row, value) for the entries of column j
    template <class Visit>
    void for_each_entry(Index j, Visit visit) const {
        for (Integer k = X_.indptr[j]; k < X_.indptr[j + 1]; ++k)
            visit(static_cast<Index>(X_.indices[k]), static_cast<double>(X_.values[k]));
    }

    CscView<Value, Integer> X_;
};

extern template class CscDesign<double, std::int32_t>;
extern template class CscDesign<double, std::int64_t>;
extern template class CscDesign<float, std::int32_t>;
extern template class CscDesign<float, std::int64_t>;

}  // namespace fastreg
