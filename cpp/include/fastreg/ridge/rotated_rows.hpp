// Z Q for an orthogonal Q, a block of rows at a time where the rows of X are in memory.
#pragma once

#include <optional>

#include "fastreg/core/panel_product.hpp"
#include "fastreg/design/dense.hpp"
#include "fastreg/ridge/ridge_design.hpp"

namespace fastreg {

class RotatedRows {
public:
    // Both must outlive this.
    RotatedRows(const RidgeDesign& Z, const Matrix& Q);

    // Whether X has rows; if not, Z Q is made by columns.
    bool has_rows() const { return view_ != nullptr; }
    Index block_rows() const { return padded_; }
    // Z Q for `count` rows from `first` on, of which there are at most block_rows(). Valid until the
    // next call.
    ConstMatrixRef rows(Index first, Index count);

private:
    void gather(Index first, Index count);

    const RidgeDesign& Z_;
    const Matrix& Q_;
    const DenseView* view_;
    Index padded_;
    LoadRun load_ = nullptr;
    Matrix gathered_;  // rows of Z
    Matrix product_;
    std::optional<PanelBlock> block_;
    Vector zero_;
};

}  // namespace fastreg
