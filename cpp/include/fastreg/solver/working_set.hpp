// The features that were ever active, by position, and their columns as the solvers see them:
// standardised. A path only adds to it.
//
// A column of dense float64 data can be read where it lies, and is centred and scaled in passing.
// Gathered copies are closer together, which is faster, so columns are gathered while they are few
// against X; those of any other dense storage are gathered in any case. The columns of a sparse X
// stay where they are, but for products of many of them.
#pragma once

#include <deque>
#include <memory>
#include <type_traits>
#include <vector>

#include "fastreg/core/class_products.hpp"
#include "fastreg/design/standardized.hpp"
#include "fastreg/screening/column_cache.hpp"
#include "fastreg/solver/row_entries.hpp"

namespace fastreg {

// A column as it counts for one of several classes.
struct ClassEntry {
    Index position;
    Index label;  // of the class
    double step = 0.0;
};

class WorkingSet {
public:
    explicit WorkingSet(const StandardizedDesign& X);

    const std::vector<Index>& features() const { return features_; }
    Index feature(Index i) const { return features_[static_cast<std::size_t>(i)]; }
    Index size() const { return static_cast<Index>(features_.size()); }
    bool contains(Index feature) const { return member_[static_cast<std::size_t>(feature)]; }

    // Takes in the features, none of which is a member yet. Columns come from the cache as far as it
    // has them.
    void add(Features features, const ColumnCache* cache = nullptr);
    // x̃_iᵀ r
    double dot(Index i, const Vector& r) const;
    // r += step x̃_i
    void add_column(Index i, double step, Vector& r) const;
    // out[k] = x̃_iᵀ r for the k-th of the positions i
    void correlate(Features positions, const Vector& r, VectorRef out) const;
    // r += Σ steps[k] x̃_i over the positions i; steps of zero cost nothing
    void add_columns(Features positions, const Vector& steps, Vector& r) const;
    // The same for several classes, of dense data: out.col(label) += step x̃ for every entry, and out[e]
    // = x̃ᵀ R.col(label). Entries of one position that follow each other read its column once.
    void add_columns(std::span<const ClassEntry> entries, MatrixRef out) const;
    void correlate(std::span<const ClassEntry> entries, const ConstMatrixRef& R,
                   VectorRef out) const;
    // out = X̃_Rᵀ X̃_C / n for positions R and C, or X̃_Rᵀ diag(weight) X̃_C / n
    void cross(Features rows, Features cols, MatrixRef out, const Vector* weight = nullptr) const;
    // out = X̃_Aᵀ diag(weight) X̃_A / n for positions A and weights ≥ 0, both triangles, which are the
    // same to the bit
    void sandwich(Features positions, const Vector& weight, MatrixRef out) const;
    // The same of dense data in float32, at about twice the speed: for matrices that only have to be
    // near these. Weighted columns must be within its range.
    void rough_cross(Features rows, Features cols, const Vector& weight, MatrixRef out) const;
    void rough_sandwich(Features positions, const Vector& weight, MatrixRef out) const;

private:
    // x̃ = (data − center) · inverse_scale
    struct Column {
        const double* data;
        double center;
        double inverse_scale;
    };

    void gather(Features features, const ColumnCache* cache);
    Eigen::Map<const Vector> values(const Column& column) const { return {column.data, X_.rows()}; }
    const Column& column_at(Index i) const { return columns_[static_cast<std::size_t>(i)]; }
    ThreadPool* pool_for(Features positions) const;
    std::vector<ClassTerm> terms(std::span<const ClassEntry> entries) const;
    template <class Block>
    void load(Features positions, Index first, Block&& out) const;
    void cross_dense(Features rows, Features cols, MatrixRef out, const Vector* weight) const;
    void cross_sparse(Features rows, Features cols, MatrixRef out, const Vector* weight) const;
    void cross_spread(Features rows, Features cols, MatrixRef out, const Vector* weight) const;
    template <class Scalar>
    void sandwich_dense(Features positions, const Vector& weight, MatrixRef out) const;
    void sandwich_sparse(Features positions, const Vector& weight, MatrixRef out) const;
    std::vector<Index> features_at(Features positions) const;

    const StandardizedDesign& X_;
    std::vector<Index> features_;
    std::vector<bool> member_;
    std::vector<Column> columns_;         // of dense data, by position
    std::deque<Matrix> gathered_;         // what gathered columns point to
    double gathered_room_ = 0.0;          // entries that may still be gathered of columns in place
    std::unique_ptr<RowEntries> by_row_;  // of a sparse X; taken in when a product asks for it
};

// The rows from `first` on of the columns at the positions, standardised; as many as out has.
template <class Block>
void WorkingSet::load(Features positions, Index first, Block&& out) const {
    using Scalar = typename std::decay_t<Block>::Scalar;
    for (std::size_t k = 0; k < positions.size(); ++k) {
        const Column& column = column_at(positions[k]);
        const auto segment = values(column).segment(first, out.rows()).array();
        out.col(static_cast<Index>(k)) =
            ((segment - column.center) * column.inverse_scale).template cast<Scalar>();
    }
}

}  // namespace fastreg
