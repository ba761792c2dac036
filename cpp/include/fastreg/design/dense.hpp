// A dense matrix in the caller's memory, in either order. It is never copied: row-major data are
// read in blocks of rows, column-major data in blocks of columns.
#pragma once

#include "fastreg/design/design.hpp"

namespace fastreg {

template <class Scalar, int Order>
class DenseDesign final : public Design {
public:
    static_assert(Order == Eigen::ColMajor || Order == Eigen::RowMajor);
    using Storage = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic, Order>;
    using View = Eigen::Map<const Storage>;

    DenseDesign(const Scalar* data, Index rows, Index cols) : X_(data, rows, cols) {}

    Index rows() const override { return X_.rows(); }
    Index cols() const override { return X_.cols(); }
    void matvec(const ConstMatrixRef& B, MatrixRef out) const override;
    void transpose_matvec(const ConstMatrixRef& R, MatrixRef out) const override;
    void columns(Features J, MatrixRef out) const override;
    void sandwich(const ConstVectorRef& weights, Features J, const ConstVectorRef& center,
                  MatrixRef out) const override;
    ColumnMoments column_moments(const ConstVectorRef& weights) const override;

private:
    // block = X[first : first + block.rows(), J]
    void gather_rows(Index first, Features J, MatrixRef block) const;

    View X_;
};

extern template class DenseDesign<double, Eigen::ColMajor>;
extern template class DenseDesign<double, Eigen::RowMajor>;

}  // namespace fastreg
