// The Gram matrix of one sample of WeightedRows, of which entries are formed as they are asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "fastreg/core/panel_product.hpp"
#include "fastreg/core/scratch.hpp"
#include "fastreg/gram/weighted_rows.hpp"

namespace fastreg {

// How entries of a Gram matrix are formed. Rough ones take less than half the time and have the digits
// of float32: a model whose errors show in correlations, which always have all digits, and which the
// next step takes away.
enum class Entries : std::uint8_t { rough, exact };

// G̃ of one sample. Memory that all samples of a thread share is given to it.
class WeightedGram final : public StandardizedGram {
public:
    struct Memory {
        ScratchVector rows, weighted;
        std::vector<const double*> columns;
        std::vector<double> factors;
        // Columns that meet others: as they lie, packed, and their products.
        Matrix gathered, products;
        std::optional<PanelBlock> block;
        Index room = 0;                    // rows of all its panels
        std::vector<Index> weighted_rows;  // those with a weight
        // What meets others in float32: entries of these rows, of all columns so far.
        std::vector<Index> packed;
        std::vector<const float*> rough_rows;
        std::vector<float> root_weight;
        ScratchVector means, scales;  // of the packed columns
        FloatMatrix rough_products;
        std::optional<FloatPanelBlock> rough_block;
        Index rough_room = 0;
    };
    WeightedGram(const WeightedRows& rows, const WeightedRows::Sample& sample,
                 std::shared_ptr<const GramColumns> columns, Entries entries, Memory& memory);

    Vector linear() const override;
    void entries(Features J, Features K, MatrixRef out) const override;
    void product(Features J, const ConstVectorRef& b, VectorRef out) const override;
    // Correlations of the residual itself, with all digits, and its mean square.
    double residual(const Vector& coef, VectorRef correlation) const;

private:
    void pack(Features K, Index first, Index depth) const;
    void multiply(Features J, Features K) const;
    void pick_rows() const;
    void begin_roughly() const;
    void enter_roughly(Features J, std::size_t old, MatrixRef out) const;
    void multiply_roughly(Features J, std::size_t old) const;
    void pack_roughly(Features J) const;
    bool is_start(Features J, const ConstVectorRef& b) const;
    void combine(Features J, const ConstVectorRef& b) const;
    void correlate(VectorRef out) const;

    const WeightedRows& rows_;
    const WeightedRows::Sample& sample_;
    Entries entries_;
    Memory& memory_;
};

}  // namespace fastreg
