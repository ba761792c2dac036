// Products AᵀA from entries of 8 (or 16) significant bits, by the matrix units of recent processors:
// ten times as fast as in float64, near enough to precondition with.
//
// Entries are rounded to bfloat16, the upper half of a float, and products are summed in float32.
// With one part the result is the Gram matrix of data that differ by at most 2⁻⁸ an entry. It stays
// positive semidefinite, and errors average out over the rows: relative to the true matrix they
// are about 2⁻⁷ · √(columns / rows / λ), with λ its smallest eigenvalue over the mean one.
//
// With two parts an entry is the sum of two such numbers, hi + lo, and the product is
// hiᵀhi + hiᵀlo + loᵀhi; loᵀlo is left out but for blocks on the diagonal, where its terms are
// squares and add up. That is near the accuracy of float32.
#pragma once

#include "fastreg/core/tile_unit.hpp"
#include "fastreg/core/types.hpp"

namespace fastreg {

class TileBlock {
public:
    // Columns in a panel.
    static constexpr Index width = 32;
    // Rows of a block for which panels and sums suit the caches.
    static constexpr Index good_depth = 512;

    // Numbers that an entry is the sum of.
    enum class Parts : std::uint8_t { one = 1, two = 2 };
    using Sums = Eigen::Ref<Eigen::MatrixXf, 0, Eigen::OuterStride<>>;

    // What becomes of entry (k, j) when it is packed:
    // (x(k, j) − origin[j] − row_origin[k]) · scale[j] · row_scale[k].
    // Null origins are zeros and null scales ones. Too large a value becomes infinite: columns
    // should be scaled to about unit size.
    struct Affine {
        const double* origin = nullptr;
        const double* scale = nullptr;
        const double* row_origin = nullptr;
        const double* row_scale = nullptr;
    };

    // Whether the processor has matrix units that can be used here. The same is computed without
    // them, slowly. The first call asks the operating system, for the whole process.
    static bool available() { return tile_unit::available(); }

    // Room for up to max_depth rows of so many panels.
    TileBlock(Index max_depth, Index n_panels, Parts parts);

    // Rows in this block, which all panels share. Call before packing.
    void set_depth(Index depth);

    // Packs columns into panels from `first` on, padding the last one with zeros.
    // By columns, column j is at x + j · stride; by rows, row k is at x + k · stride.
    void pack_by_column(const double* x, Index stride, Index n_columns, const Affine& affine,
                        Index first);
    void pack_by_row(const double* x, Index stride, Index n_columns, const Affine& affine,
                     Index first);

    // product += AᵀA of the first n_columns columns: the upper triangle, and what of the lower one
    // is in blocks of `width` on the diagonal.
    void add_product(Index n_columns, Sums product);

private:
    void take(const Affine& affine, Index n_columns);
    // Of panels i and j, where transposed_ is panel i.
    void add_panels(Index i, Index j, Index n_columns, Sums& product);
    std::uint16_t* step(Index panel, Index t) {
        return panels_.data() + (panel * steps_ + t) * step_size_;
    }

    Parts parts_;
    Index step_size_;  // numbers of a panel in 32 rows
    Index depth_ = 0;
    Index steps_ = 0;  // of 32 rows each
    Eigen::VectorX<std::uint16_t> panels_, transposed_;
    Vector origin_, scale_, row_origin_, row_scale_;  // of what is packed, padded
};

}  // namespace fastreg
