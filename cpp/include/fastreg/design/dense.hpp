// A dense matrix in the caller's memory: any element type, either order, any strides. It is never
// copied. Where its elements are float64 and lie next to each other, products run on it as it is;
// otherwise a block at a time is converted.
#pragma once

#include "fastreg/design/design.hpp"
#include "fastreg/design/scalar_type.hpp"

namespace fastreg {

struct DenseView {
    const std::byte* data;
    ScalarType type;
    Index rows, cols;
    Index row_stride, col_stride;  // in bytes, as NumPy gives them

    static DenseView column_major(const double* data, Index rows, Index cols);
    static DenseView row_major(const double* data, Index rows, Index cols);
};

class DenseDesign final : public Design {
public:
    explicit DenseDesign(const DenseView& view);

    Index rows() const override { return X_.rows; }
    Index cols() const override { return X_.cols; }
    double column_cost(Index j) const override;
    const double* column_data(Index j) const override {
        return in_place_ && by_column_ ? column_in_place(j).data() : nullptr;
    }
    double pass_cost() const override {
        return static_cast<double>(X_.rows) * static_cast<double>(X_.cols);
    }
    Index part_columns() const override;
    std::unique_ptr<Design> part(Index first, Index count) const override;
    const DenseView* dense_view() const override { return &X_; }
    void matvec(const ConstMatrixRef& B, MatrixRef out) const override;
    void transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const override;
    void add_matvec(Features J, const ConstVectorRef& b, VectorRef out) const override;
    void transpose_matvec_columns(Features J, const ConstMatrixRef& R,
                                  MatrixRef out) const override;
    void outer_product(const ConstMatrixRef& A, const ConstVectorRef& scale,
                       const ConstVectorRef& center, MatrixRef out) const override;
    void gram_product(const ConstMatrixRef& B, const ConstVectorRef& weights,
                      const ConstVectorRef& center, MatrixRef out) const override;
    void columns(Features J, MatrixRef out) const override;
    void sandwich(const ConstVectorRef& weights, Features J, const ConstVectorRef& center,
                  MatrixRef out) const override;
    ColumnMoments column_moments(const ConstVectorRef& weights) const override;

private:
    // Blocks of whole columns, or of whole rows, whichever lie closer together in memory.
    // `visit(first, block)` gets them as float64 matrices, column-major or row-major; in place
    // where that is possible.
    template <class Visit>
    void for_each_column_block(Visit visit) const;
    template <class Visit>
    void for_each_row_block(Index rows_per_block, Visit visit) const;
    void multiply_unpacked(const ConstMatrixRef& B, MatrixRef out) const;
    void transpose_multiply_packed(const ConstMatrixRef& R, MatrixRef out) const;
    ColumnMoments moments_by_column(const ConstVectorRef& weights) const;
    ColumnMoments moments_by_row(const ConstVectorRef& weights) const;
    Eigen::Map<const Vector> column_in_place(Index j) const;
    const double* row_in_place(Index i) const {
        return reinterpret_cast<const double*>(X_.data + i * X_.row_stride);
    }
    void gather_by_row(Features J, MatrixRef out) const;
    // out[i] = X[first + i, j]
    void load_column(Index j, Index first, Index count, double* out) const;

    DenseView X_;
    LoadRun load_;
    bool by_column_;  // elements of a column lie closer together than those of a row
    bool in_place_;   // float64, and the closer elements are adjacent
};

}  // namespace fastreg
